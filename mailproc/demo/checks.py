"""Did the story come out as it is written? Compares each scene with what can be seen after it.

Nothing here knows what the demo did: what is found is read from the database and from the mailboxes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage

from mailproc.addressing import find_references
from mailproc.demo.mails import read, text_of
from mailproc.demo.people import DESK
from mailproc.demo.scene import Letter, Scene, Told
from mailproc.demo.servers import MailServers
from mailproc.demo.view import ReceivedMail, View
from mailproc.store.outbox import State
from mailproc.store.receiving import Disposition


@dataclass(frozen=True, kw_only=True)
class Check:
    """One expectation and what was found in its place."""

    scene: str
    what: str
    expected: str
    found: str

    @property
    def held(self) -> bool:
        return self.expected == self.found


def scene_checks(
    scene: Scene, sha256: str | None, before: View, after: View, cases: Mapping[str, int]
) -> Iterator[Check]:
    """Compare one scene; `cases` says which case each scene opened, this one's included.

    `sha256` is the digest of its mail, None when nobody wrote.
    """

    def check(what: str, expected: object, found: object) -> Check:
        return Check(scene=scene.id, what=what, expected=str(expected), found=str(found))

    expected = scene.expected
    mail = after.mail_of(sha256) if sha256 else None
    if sha256 is not None:
        if mail is None or mail.message is None:
            yield check("became of it", "a disposition", "nothing yet" if mail else "the desk has not got it")
            return
        yield check("kind", expected.kind, mail.message.kind)
        yield check("rule", expected.rule, mail.message.rule)
        yield check("disposition", expected.disposition, mail.row.disposition)
        scenes = {case_id: name for name, case_id in cases.items()}
        found = "none" if mail.row.case_id is None else scenes.get(mail.row.case_id, "an unknown one")
        yield check("case", expected.case or "none", found)

    case_id = mail.row.case_id if mail else cases[expected.case or ""]
    gained = _gained(before, after)
    yield check("history", _listed(expected.history), _listed(gained.pop(case_id or 0, [])))
    names = {id: name for name, id in cases.items()}
    yield check(
        "changes in other cases",
        _changes(expected.others),
        _changes({names.get(other, after.reference(other)): what for other, what in gained.items()}),
    )
    if case_id is not None:
        yield check("customer can be reached", expected.reached, not after.cases[case_id].unreachable)

    letters = after.letters[len(before.letters) :]
    wanted = [(told.by, told.to) for told in expected.told]
    if expected.letter:
        wanted.append((expected.letter.name, expected.letter.to or scene.by))
    yield check(
        "letters sent",
        _listed(sorted(f"{letter} to {to.address}: {State.ACCEPTED}" for letter, to in wanted)),
        _listed(
            sorted(f"{letter.row.letter} to {letter.row.recipient}: {letter.row.state}" for letter in letters)
        ),
    )
    arrived = {
        address: mails[len(before.inboxes[address]) :]
        for address, mails in after.inboxes.items()
        if address != DESK.address and len(mails) > len(before.inboxes[address])
    }
    at = Counter(to.address for _, to in wanted if to.has_mailbox)
    yield check(
        "letters arrived",
        _listed(sorted(f"{count} at {address}" for address, count in at.items())),
        _listed(sorted(f"{len(mails)} at {address}" for address, mails in arrived.items())),
    )
    about = {name: after.reference(id) for name, id in cases.items()}
    for told in expected.told:
        came = _letter_of(told, arrived.get(told.to.address, ()), about)
        for what, wish, fact in _told_facts(told, came, case_id, after, about):
            yield check(f"{told.by}: {what}", wish, fact)
    if expected.letter:
        to = (expected.letter.to or scene.by).address
        reference = about.get(expected.letter.about or "", after.reference(case_id))
        if to in arrived:
            for what, wish, fact in _letter_facts(expected.letter, mail, reference, arrived[to][-1]):
                yield check(f"letter: {what}", wish, fact)


def _letter_of(told: Told, arrived: Sequence[bytes], about: Mapping[str, str]) -> bytes:
    """The letter that somebody must have got: with the words, about the case; b"" when there is none."""
    for raw in arrived:
        letter = read(raw)
        reference = about[told.about] if told.about else ""
        if reference in str(letter["Subject"]) and _says(text_of(letter), told.says):
            return raw
    return b""


def _told_facts(
    told: Told, raw: bytes, case_id: int | None, after: View, about: Mapping[str, str]
) -> Iterator[tuple[str, object, object]]:
    """What a letter to somebody of the desk, or to somebody who is asked, must hold and holds."""
    yield f"says {told.says!r}", True, bool(raw)
    letter = read(raw)
    if told.lists:
        stands = {reference: name for name, reference in about.items()}
        lines = re.findall(r"^ *(\d+)  (C-\S+)", text_of(letter), flags=re.MULTILINE)
        found = (f"{number} {stands.get(reference, reference)}" for number, reference in lines)
        yield (
            "its cases by number",
            _listed(f"{n} {name}" for n, name in enumerate(told.lists, 1)),
            _listed(found),
        )
    if told.encloses_mails:
        originals = [mail.raw for mail in after.mails if mail.is_customers and mail.row.case_id == case_id]
        parts = [part for part in letter.walk() if part.get_content_type() == "message/rfc822"]
        yield "mails enclosed", len(originals), len(parts)
        yield "mails enclosed as they came", True, all(original in raw for original in originals)
    for words in told.hides:
        yield f"does not say {words!r}", False, any(_says(text, words) for text in _all_texts(letter))


def _all_texts(letter: EmailMessage) -> Iterator[str]:
    """The header and every part that can be read, those of enclosed mails included."""
    yield "\n".join(f"{name}: {value}" for name, value in letter.items())
    for part in letter.walk():
        if part.get_content_maintype() == "text":
            yield str(part.get_content())


def _letter_facts(
    expected: Letter, mail: ReceivedMail | None, reference: str, raw: bytes
) -> Iterator[tuple[str, object, object]]:
    """What the letter that arrived must say, and what it says."""
    letter = read(raw)
    plain, html = text_of(letter), text_of(letter, "html")
    subject = str(letter["Subject"])
    yield "is from", DESK.address, letter["From"].addresses[0].addr_spec
    marks = {"acknowledgement": "auto-replied", "survey": "auto-generated", "progress": "auto-generated"}
    yield "says whether it is automatic", marks.get(expected.name), letter["Auto-Submitted"]
    yield "says what was written", True, _says(plain, expected.says)
    yield "language", expected.language, letter["Content-Language"]
    yield "names only its own case in the text", (reference,), find_references(plain)
    yield "names only its own case in the HTML", (reference,), find_references(html)
    yield "names its case in the subject", (reference,), find_references(subject)
    if expected.name != "acknowledgement" or mail is None or mail.message is None:
        return
    yield "answers the mail", mail.message.message_id, letter["In-Reply-To"]
    quoted = bool(mail.message.subject) and mail.message.subject in subject
    yield "repeats the customer's subject", expected.quotes_subject, quoted
    words = [line for line in mail.message.text.splitlines() if len(line) > 30]
    yield "repeats the customer's text", False, any(line in plain or line in html for line in words)


def _says(text: str, words: str) -> bool:
    """Whether words stand in a letter, wherever its lines end."""
    return " ".join(words.split()) in " ".join(text.replace("│", "").split())


def final_checks(story: Sequence[Scene], view: View, servers: MailServers) -> Iterator[Check]:
    """Compare the end: every mail is accounted for, is filed, and nobody else was written to."""

    def check(what: str, expected: object, found: object) -> Check:
        return Check(scene="the end", what=what, expected=str(expected), found=str(found))

    mails = [scene for scene in story if scene.expected.disposition is not None]
    wanted = Counter(str(scene.expected.disposition) for scene in mails)
    yield check("mails received", len(mails), view.ledger["received"])
    for disposition in (str(disposition) for disposition in Disposition):
        yield check(f"mails {disposition}", wanted[disposition], view.ledger[disposition])
    yield check("mails waiting", 0, view.ledger["waiting"])
    yield check("mails unaccounted for", 0, view.ledger["unaccounted"])
    quarantined = wanted[Disposition.QUARANTINED]
    folders = {"INBOX": 0, "Processed": len(mails) - quarantined, "Quarantine": quarantined}
    for folder, count in folders.items():
        yield check(f"mails in the desk's {folder}", count, len(servers.mailbox(DESK.address, folder)))
    answered = {
        (scene.expected.letter.to or scene.by).address for scene in story if scene.expected.letter
    } | {told.to.address for scene in story for told in scene.expected.told}
    written_to = {sent.recipient for sent in servers.sent if sent.mail_from.startswith("complaints+")}
    yield check("people written to", _listed(sorted(answered)), _listed(sorted(written_to)))


def filed(view: View) -> bool:
    """Whether every mail that is done has been moved to its folder."""
    return all(mail.row.file_to is None or mail.row.filed_at is not None for mail in view.mails)


def _gained(before: View, after: View) -> dict[int, list[str]]:
    """What each case's history has gained, without the cases that gained nothing."""
    gained = {}
    for case_id, history in after.histories.items():
        if new := history[len(before.histories.get(case_id, [])) :]:
            gained[case_id] = [entry.what for entry in new]
    return gained


def _changes(histories: Mapping[str, Sequence[str]]) -> str:
    return _listed(f"{name}: {_listed(what)}" for name, what in sorted(histories.items()))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "nothing"
