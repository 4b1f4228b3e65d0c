"""What do the pages of the gallery say? One for each mail and letter, and an index by case, in order.

Everything of a mail is escaped or stands in a sandboxed frame; a policy in each page forbids to fetch
anything. Styles are in `gallery.css`, which is written into each page, so that a page can be passed on.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from mailproc.demo.mails import read, text_of
from mailproc.demo.view import ReceivedMail, SentLetter, View
from mailproc.inbound.parse import read_attachment
from mailproc.settings import Config
from mailproc.store.tables import CaseRow

_SHOWN_PICTURES = {"image/png", "image/jpeg"}
_PICTURE_LIMIT = 2_000_000  # bytes
_HEADER_LIMIT = 20_000  # characters shown
_EXCERPT = 190  # characters

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def mail_name(mail: ReceivedMail) -> str:
    return f"mail-{mail.id:03}"


def letter_name(letter: SentLetter) -> str:
    return f"letter-{letter.id:03}"


def index_page(view: View, config: Config) -> str:
    """What came in and what went out, per case, in order."""
    received, letters = view.ledger["received"], len(view.letters)
    counts = "".join(
        f"<li><b>{count}</b> {escape(name.replace('_', ' '))}</li>"
        for name, count in view.ledger.items()
        if count or name in ("received", "unaccounted")
    )
    cases = "".join(_case(case, view, config.desk.zone) for case in view.cases.values())
    others = [mail for mail in view.mails if mail.row.case_id is None]
    set_aside = ""
    if others:
        items = "".join(_mail_item(mail, config.desk.zone) for mail in others)
        set_aside = (
            f'<section class="case"><div class="words"><h2>Set aside, no case</h2>'
            f'<ol class="line">{items}</ol></div></section>'
        )
    own = [letter for letter in view.letters if letter.row.case_id is None]
    about_all = ""
    if own:
        items = "".join(_letter_item(letter, config.desk.zone) for letter in own)
        about_all = (
            '<section class="case"><div class="words"><h2>Letters about more than one case, or none</h2>'
            f'<ol class="line">{items}</ol></div>{_previews(own)}</section>'
        )
    return _page(
        f"{config.desk.name}: the mail of the demo",
        f'<header class="top"><p class="small">mailproc demo</p><h1>{escape(config.desk.name)}</h1>'
        f"<p>{received} mails came in, {letters} letters went out, {len(view.cases)} cases. "
        "Each mail is also here as a file that a mail program can open.</p>"
        f'<ul class="counts">{counts}</ul></header>{cases}{about_all}{set_aside}',
    )


def letter_page(letter: SentLetter, view: View, config: Config) -> str:
    """One letter of the desk: on a desktop, on a telephone, as plain text, and its header."""
    message = read(letter.raw)
    row = letter.row
    html, plain = text_of(message, "html"), text_of(message)
    reference = view.reference(row.case_id)
    facts = _facts(
        {
            "case": reference,
            "to": row.recipient,
            "queued": _moment(row.queued_at, config.desk.zone),
            "state": f"{row.state}: {row.last_reply}" if row.last_reply else row.state,
        }
    )
    return _page(
        row.subject,
        f'{_back()}<header class="top"><p class="small">letter {letter.id}: {escape(row.letter)}</p>'
        f"<h1>{escape(row.subject)}</h1>{facts}"
        f'<p><a href="{letter_name(letter)}.eml">as a file</a></p></header>'
        f'<div class="screens">{_screen(html, "desktop")}{_screen(html, "phone")}</div>'
        f'<h2>Plain text</h2><pre class="paper">{escape(plain)}</pre>'
        f'<h2>Header</h2><pre class="paper small">{escape(_header(letter.raw))}</pre>',
    )


def mail_page(mail: ReceivedMail, view: View, config: Config) -> str:
    """One received mail: what it was taken for and why, its text as the desk read it, its files."""
    row, message = mail.row, mail.message
    facts = {
        "from": _sender(mail),
        "received": _moment(row.received_at, config.desk.zone),
        "what it is": f"{message.kind}, by rule {message.rule}" if message else "not read yet",
        "what became of it": f"{row.disposition or row.state}: {row.reason or ''}",
        "case": view.reference(row.case_id) or "none",
    }
    if message and message.answer_rule:
        facts["may be answered"] = message.answer_rule.replace("_", " ")
    if message and message.defects:
        facts["remarks"] = "; ".join(message.defects)
    subject = message.subject if message else ""
    text = message.text if message else ""
    body = (
        f'<pre class="paper">{escape(text)}</pre>'
        if text
        else '<p class="paper">There is no text to show.</p>'
    )
    return _page(
        subject or "A mail without a subject",
        f'{_back()}<header class="top"><p class="small">mail {mail.id}</p><h1>{escape(subject)}</h1>'
        f'{_facts(facts)}<p><a href="{mail_name(mail)}.eml">as a file</a></p></header>'
        f"<h2>Text, as the desk read it</h2>{body}{''.join(_pictures(mail))}"
        f'<h2>Header</h2><pre class="paper small">{escape(_header(mail.raw))}</pre>',
    )


def _case(case: CaseRow, view: View, zone: ZoneInfo) -> str:
    """One case: its mails and letters in the order in which they came and left, and its history."""
    items: list[tuple[datetime, str]] = []
    for mail in view.mails:
        if mail.row.case_id == case.id:
            items.append((mail.row.done_at or mail.row.fetched_at, _mail_item(mail, zone)))
    own_letters = [letter for letter in view.letters if letter.row.case_id == case.id]
    for letter in own_letters:
        items.append((letter.row.settled_at or letter.row.queued_at, _letter_item(letter, zone)))
    items.sort(key=lambda item: item[0])
    line = "".join(item for _, item in items)
    history = "".join(
        f"<tr><td>{_clock(entry.at, zone)}</td><td>{escape(entry.who)}</td>"
        f'<td>{escape(entry.what)} <span class="small">{escape(entry.text)}</span></td>'
        f'<td class="small">{escape(entry.rule)}</td></tr>'
        for entry in view.histories[case.id or 0]
    )
    badges = [case.status, f"acknowledgement {case.acknowledgement}", case.language]
    if case.unreachable:
        badges.append("customer not reached")
    marks = "".join(f'<span class="badge">{escape(badge)}</span>' for badge in badges)
    return (
        f'<section class="case"><div class="words"><p class="reference">{escape(case.reference)}</p>'
        f"<h2>{escape(case.subject or 'Without a subject')}</h2>"
        f'<p>{escape(case.customer_name)} <span class="small">{escape(case.customer_email)}</span></p>'
        f'<p>{marks}</p><ol class="line">{line}</ol>'
        f"<details><summary>History</summary><table>{history}</table></details></div>{_previews(own_letters)}</section>"
    )


def _previews(letters: Sequence[SentLetter]) -> str:
    shown = "".join(
        f'<a class="preview" href="{letter_name(letter)}.html" aria-label="the letter">'
        f'<div class="screen small-phone">{_frame(text_of(read(letter.raw), "html"))}</div></a>'
        for letter in letters
    )
    return f'<div class="previews">{shown}</div>' if shown else ""


def _mail_item(mail: ReceivedMail, zone: ZoneInfo) -> str:
    row, message = mail.row, mail.message
    decision = f"{row.disposition or row.state}"
    rule = f"{message.kind}, {message.rule}" if message else ""
    subject = (message.subject if message else "") or "Without a subject"
    return (
        f'<li class="in"><p class="small">{_clock(row.received_at, zone)} · {escape(_sender(mail))}</p>'
        f'<p><a href="{mail_name(mail)}.html">{escape(subject)}</a>{_clip(mail)}</p>'
        f'<p class="excerpt">{escape(_excerpt(message.text if message else ""))}</p>'
        f'<p><span class="badge what-{escape(decision)}">{escape(decision.replace("_", " "))}</span>'
        f'<span class="small">{escape(rule)}</span></p></li>'
    )


def _letter_item(letter: SentLetter, zone: ZoneInfo) -> str:
    row = letter.row
    return (
        f'<li class="out"><p class="small">{_clock(row.settled_at or row.queued_at, zone)} · '
        f"to {escape(row.recipient)}</p>"
        f'<p><a href="{letter_name(letter)}.html">{escape(row.subject)}</a></p>'
        f'<p><span class="badge">{escape(row.letter)}</span>'
        f'<span class="small">{escape(row.state)} by the server</span></p></li>'
    )


def _clip(mail: ReceivedMail) -> str:
    names = ", ".join(attachment.name for attachment in mail.attachments)
    return f' <span class="badge">{escape(names)}</span>' if names else ""


def _pictures(mail: ReceivedMail) -> Iterator[str]:
    for attachment in mail.attachments:
        label = f"{attachment.name}, {attachment.content_type}, {attachment.size} bytes"
        picture = ""
        if attachment.content_type in _SHOWN_PICTURES and attachment.size <= _PICTURE_LIMIT:
            data = base64.b64encode(read_attachment(mail.raw, attachment) or b"").decode("ascii")
            source = f"data:{attachment.content_type};base64,{data}"
            picture = f'<img src="{source}" alt="{escape(attachment.name)}">'
        yield f'<figure class="file">{picture}<figcaption>{escape(label)}</figcaption></figure>'


def _screen(html: str, device: str) -> str:
    return (
        f"<figure><figcaption>On a {device}</figcaption>"
        f'<div class="screen {device}">{_frame(html)}</div></figure>'
    )


def _frame(html: str) -> str:
    """A letter as a mail program shows it: no script, no form, no link that leads out of the frame."""
    return f'<iframe sandbox srcdoc="{escape(html)}" title="the letter"></iframe>'


def _facts(facts: dict[str, str]) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    return f"<dl>{rows}</dl>"


def _header(raw: bytes) -> str:
    header = raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").replace("\r\n", "\n")
    return header[:_HEADER_LIMIT]


def _sender(mail: ReceivedMail) -> str:
    message = mail.message
    if message is None or not message.from_email:
        return "an unknown sender"
    return f"{message.from_name} <{message.from_email}>" if message.from_name else message.from_email


def _excerpt(text: str) -> str:
    words = " ".join(line for line in text.splitlines() if not line.startswith(">"))
    words = " ".join(words.split())
    return words if len(words) <= _EXCERPT else words[:_EXCERPT].rpartition(" ")[0] + " …"


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%a %d %b %H:%M:%S")


def _back() -> str:
    return '<p><a href="index.html">All mails</a></p>'


def _page(title: str, body: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_styles()}</style></head><body><main>{body}</main></body></html>\n"
    )


@cache
def _styles() -> str:
    return Path(__file__).with_name("gallery.css").read_text(encoding="utf-8")
