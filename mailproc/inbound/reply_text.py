"""What did the person newly write, and what is only quoted?

A reply holds three things: new words, the frame its mail program put around them, and the mail it answers.
Two rules decide everything here. What may be a quotation is never in `text`. And when it is not certain
that `text` is all of the new words and nothing else, `doubtful` says why, so that a caller who would send
it on holds it and shows it to its writer instead.

Quotations are told apart in this order: below our delimiter line nothing is new; below a separator, a block
of headers or a header whose quotation is not marked nothing is new either; lines behind `>` are quoted and
the lines between them are answers. See `reply_frames.py` for how each is recognised.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from mailproc.inbound import reply_frames as frames
from mailproc.inbound import reply_second as second
from mailproc.mail import address_key
from mailproc.sentences import joined, say

BODY_CHARS = 262_144  # of a mail are looked at; a longer one is doubtful
BODY_LINES = 10_000

# A quoted line of this length that ends within a sentence, with a stray line below it, was folded on the way.
_FOLDED_CHARS = 60
_FOLDED_LINES = 2
_SENTENCE_ENDS = (".", "!", "?", ":", ";", ")", '"', "…", "”", "»")
_PHRASE_CHARS = 12
_POINTING_CHARS = 300

# A line of `--` may also be a rule between paragraphs: what stands below it is doubted sooner.
_SIGNATURE_LINES = 30
_DOUBTED_SIGNATURE_LINES = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class NewWords:
    """The new words of a reply.

    `text` keeps its paragraphs; lines are as written. `quoted` says that a quotation was cut off,
    `signature` what stood below a signature mark or was appended by a telephone, `inline` that there are
    words between quotations or on both sides of one. `doubtful` is empty, or the reasons why `text` must not
    be sent on without a look at the whole mail.
    """

    text: str
    quoted: bool = False
    signature: str = ""
    inline: bool = False
    doubtful: str = ""


def new_words(
    text: str,
    *,
    from_html: bool = False,
    own_addresses: Collection[str] = (),
    own_phrases: Collection[str] = (),
    read_twice: bool = True,
) -> NewWords:
    """Return what is new in the text of a mail. Never raises.

    `from_html` (see `Message.text_from_html`) says that marks are none: a `>` in a rendered quotation stands
    for an older one, so that all below the header is quoted. `own_addresses` are the desk's; with a tag
    (`desk+…@`) they stand in no answer. `own_phrases` are sentences that only our letters contain; shorter
    ones than 12 characters are passed over. Either one left in the result makes it doubtful. Who acts upon
    the words has them `read_twice`; it takes most of the time.
    """
    whole = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = whole[:BODY_CHARS].split("\n")[:BODY_LINES]
    found = _Reading(from_html=from_html)
    if len(whole) > BODY_CHARS or whole.count("\n") >= BODY_LINES:
        found.doubt(say("the mail is too long to be read to its end"))
    _read(lines, found)
    if sum(1 for line in found.signature if line.strip()) > found.signature_lines + 1:
        found.doubt(say("there is more below the signature mark than a signature"))
    runs = [_trimmed(run, found) for run in found.runs]
    inline = any(runs[1:-1]) or sum(map(bool, runs)) > 1
    words = "\n\n".join("\n".join(run) for run in runs if run)
    if read_twice:
        words = _heed_second_reader(words, found)
    for reason in _remains(words, own_addresses, own_phrases):
        found.doubt(reason)
    if found.ended and len(words) <= _POINTING_CHARS and frames.points_below(frames.plain_text(words)):
        found.doubt(say("it points to words within the quotation, which does not mark whose they are"))
    if not words.strip():
        found.doubt(say("no new words are left"))
    return NewWords(
        text=words.strip("\n"),
        quoted=found.quoted,
        signature="\n".join(found.signature).strip("\n"),
        inline=inline,
        doubtful=joined("; ", found.reasons),
    )


@dataclass(kw_only=True)
class _Reading:
    """What has been found so far. A run is what stands between two quotations."""

    from_html: bool
    runs: list[list[str]] = field(default_factory=lambda: [[]])
    signature: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    quoted: bool = False
    signature_lines: int = 0  # that a signature below this mark usually does not exceed
    ended: bool = False  # by a header below which quotation and answers cannot be told apart

    def doubt(self, reason: str) -> None:
        if reason not in self.reasons:
            self.reasons.append(reason)

    def quote(self) -> None:
        # The first run is what stands above all quotations, the last what stands below them.
        if self.runs[-1] or not self.quoted:
            self.runs.append([])
        self.quoted = True


def _read(lines: Sequence[str], found: _Reading) -> None:
    """Sort the lines until one is reached below which nothing is new."""
    plain = [frames.plain(line) for line in lines]
    marked = [frames.is_marked(lines, number) for number in range(len(lines))]
    # A header within a quotation belongs to it.
    unmarked = ["" if is_marked else text for is_marked, text in zip(marked, plain, strict=True)]
    attributions = frames.find_attributions(unmarked)
    in_signature = False
    number = 0
    while number < len(lines):
        text = plain[number]
        if frames.is_delimiter(text):
            found.quote()
            _look_around_delimiter(number, plain, marked, found)
            return
        if frames.is_ours(lines[number]) and not marked[number]:
            found.quote()
            found.doubt(say("it holds words of our own letter"))
            return
        if marked[number]:
            found.quote()
            in_signature = False
            number = _skip_quoted(number, lines, marked, found)
            continue
        if frames.is_separator(text):
            _end(frames.Header(first=number, last=number, certainty=frames.Certainty.STRICT), plain, found)
            return
        if (block := frames.find_block(unmarked, number)) is not None:
            _end(block, plain, found)
            return
        if (header := attributions.get(number)) is not None:
            below = _next_words(plain, header.last + 1)
            if found.from_html or below is None or not marked[below]:
                _end(header, plain, found)
                return
            found.quote()
            in_signature = False
            number = header.last + 1
            continue
        if not in_signature and frames.is_signature_mark(text):
            in_signature = True
            found.signature_lines = _SIGNATURE_LINES if lines[number] == "-- " else _DOUBTED_SIGNATURE_LINES
        (found.signature if in_signature else found.runs[-1]).append(lines[number].rstrip())
        number += 1


def _skip_quoted(number: int, lines: Sequence[str], marked: Sequence[bool], found: _Reading) -> int:
    """Return the line after a quotation. Lines that were folded out of its marks belong to it."""
    while number < len(lines) and marked[number]:
        number += 1
    last = lines[number - 1].rstrip()
    if len(last) < _FOLDED_CHARS or last.endswith(_SENTENCE_ENDS):
        return number
    end = number
    while end < len(lines) and lines[end].strip() and not marked[end] and end <= number + _FOLDED_LINES:
        end += 1
    goes_on = number < end and (lines[number].strip()[0].islower() or (end < len(lines) and marked[end]))
    if not goes_on or end > number + _FOLDED_LINES:
        return number
    found.doubt(say("a line between quoted ones may belong to the quotation"))
    return end


def _end(header: frames.Header, plain: Sequence[str], found: _Reading) -> None:
    """Note that nothing below this header is new."""
    found.quote()
    found.ended = True
    if _next_words(plain, header.last + 1) is None:
        found.doubt(say("there is a quotation header without a quotation"))
    elif header.certainty is not frames.Certainty.STRICT:
        found.doubt(
            say("line {number} looks like the header of a quotation, but not quite", number=header.first + 1)
        )


def _look_around_delimiter(
    number: int, plain: Sequence[str], marked: Sequence[bool], found: _Reading
) -> None:
    """Doubt words below the line that are not quoted: they would be lost unseen. Doubt an odd line above."""
    below = zip(plain[number + 1 :], marked[number + 1 :], strict=True)
    if marked[number] and any(text and not is_marked for text, is_marked in below):
        found.doubt(say("there are words below the line above which an answer belongs"))
    above = ([""] + [line.rstrip() for line in found.runs[0] if line.strip()])[-1]
    if above.endswith(":") and ("@" in above or any(char.isdigit() for char in above)):
        found.doubt(say("the line above the quotation looks like its header"))


def _next_words(plain: Sequence[str], number: int) -> int | None:
    return next((at for at in range(number, len(plain)) if plain[at]), None)


def _trimmed(run: list[str], found: _Reading) -> list[str]:
    """Return a run without the blank lines, rules and appended lines at its ends."""
    lines = [line.strip() for line in run] if found.from_html else list(run)
    appended: list[str] = []
    while lines:
        text = frames.plain(lines[-1])
        if frames.is_appended(text):
            appended.append(lines[-1].strip())
        elif text and not (found.quoted and frames.is_decoration(text)):
            break
        lines.pop()
    found.signature.extend(reversed(appended))
    while lines and not lines[0].strip():
        lines.pop(0)
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return kept


def _heed_second_reader(words: str, found: _Reading) -> str:
    if not second.read_whole(words):
        found.doubt(say("the words are too long to be read twice"))
    header = second.find_header(words)
    if header is None:
        return words
    found.quoted = True
    found.doubt(say("a second reader sees a quotation from line {number} on", number=header + 1))
    return "\n".join(words.split("\n")[:header])


def _remains(words: str, own_addresses: Collection[str], own_phrases: Collection[str]) -> Iterator[str]:
    """Yield why the words may still hold a part of our own letter."""
    text = frames.plain_text(words) if own_addresses or own_phrases else ""
    for address in own_addresses:
        local, _, domain = address_key(address).rpartition("@")
        if local and f"{local.partition('+')[0]}+" in text and f"@{domain}" in text:
            yield say("it holds a reply address of ours")
    for phrase in own_phrases:
        wanted = frames.plain_text(phrase)
        if len(wanted) >= _PHRASE_CHARS and wanted in text:
            yield say("it holds words of our own letter")
