"""Why would this mail be treated as it would? A dry run that needs no server and changes nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from mailproc.cli import show
from mailproc.cli.opening import Json, load_config, sqlite_file

if TYPE_CHECKING:
    from mailproc.desk import Desk
    from mailproc.jobs.explain import Explanation
    from mailproc.settings import Config
    from mailproc.store.database import Database


def explain(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A mail as a file; - reads it from stdin.")],
    as_json: Json = False,
) -> None:
    """Tell what would become of a mail.

    Prints everything the desk would decide about it if it arrived now, and writes nothing.

    The database is read, when there is one, to find the case the mail belongs to.
    """
    from mailproc.jobs import explain as job

    config = load_config(ctx)
    raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    with _dry_desk(config) as desk, desk.database.reading() as session:
        explanation = job.explain(desk, session, raw, desk.clock())
    if as_json:
        show.document(_whole(explanation))
    else:
        _print(config, explanation)


@contextmanager
def _dry_desk(config: Config) -> Iterator[Desk]:
    """A desk on a database that cannot be written to, or on an empty one in memory."""
    from mailproc.config.people import read_people
    from mailproc.desk import built
    from mailproc.inbound.cage import Cage

    people = read_people(config).people
    database = _database(config)
    try:
        with Cage(config.parser, config.desk.languages) as cage:
            desk = built(config, database, cage)
            desk.adopt(people)
            yield desk
    finally:
        database.close()


def _database(config: Config) -> Database:
    from sqlmodel import SQLModel

    from mailproc.store import schema
    from mailproc.store.database import Database

    file = sqlite_file(config)
    if file is None or file.is_file():
        url = config.database.url if file is None else f"sqlite:///file:{quote(str(file))}?mode=ro&uri=true"
        database = Database(url)
        if schema.current(database) is not None:
            schema.ensure(database)
            return database
        database.close()
    empty = Database("sqlite://")
    SQLModel.metadata.create_all(empty.engine)
    return empty


def _whole(explanation: Explanation) -> dict[str, object]:
    message, verdict = explanation.message, explanation.verdict
    letter, case, bounce = explanation.letter, explanation.case, explanation.bounce
    return {
        "message": {
            "raw_sha256": message.raw_sha256,
            "content_key": message.content_key,
            "size": message.size,
            "complete": message.complete,
            "message_id": message.message_id,
            "in_reply_to": list(message.in_reply_to),
            "references": list(message.references),
            "subject": message.subject,
            "from": [asdict(address) for address in message.from_],
            "reply_to": [asdict(address) for address in message.reply_to],
            "to": [asdict(address) for address in message.to],
            "cc": [asdict(address) for address in message.cc],
            "date": show.iso(message.date),
            "content_type": message.content_type,
            "language": message.language,
            "text": message.text,
            "text_from_html": message.text_from_html,
            "attachments": [asdict(attachment) for attachment in message.attachments],
            "report": asdict(message.report) if message.report else None,
            "defects": list(message.defects),
        },
        "unreadable": explanation.unreadable or None,
        "kind": verdict.kind,
        "rule": verdict.rule,
        "reason": verdict.reason,
        "is_complaint": verdict.is_complaint,
        "may_answer": verdict.may_answer,
        "answer_rule": verdict.answer_rule,
        "answer_reason": verdict.answer_reason,
        "authentication": asdict(explanation.authentication),
        "clues": [asdict(clue) for clue in explanation.clues],
        "waits_for_original": explanation.waits_for_original,
        "bounce": asdict(bounce) if bounce else None,
        "disposition": explanation.disposition,
        "disposition_reason": explanation.reason,
        "case": case.reference if case else None,
        "history": [
            {"who": entry.who, "what": entry.what, "text": entry.text, "rule": entry.rule}
            for entry in explanation.history
        ],
        "acknowledgement_withheld": explanation.withheld or None,
        "letter": asdict(letter) if letter else None,
    }


def _print(config: Config, explanation: Explanation) -> None:
    message, verdict = explanation.message, explanation.verdict
    show.line("What it says")
    show.fields(
        {
            "  from": ", ".join(f"{each.name} <{each.email}>".strip() for each in message.from_) or "nobody",
            "  reply to": ", ".join(each.email for each in message.reply_to),
            "  to": ", ".join(each.email for each in (*message.to, *message.cc)),
            "  subject": message.subject,
            "  date": show.moment(message.date, config.desk.zone),
            "  message-id": message.message_id,
            "  language": message.language,
            "  size": f"{message.size} bytes" + ("" if message.complete else ", only the header is read"),
            "  attachments": ", ".join(f"{each.name} ({each.size} bytes)" for each in message.attachments),
            "  defects": "; ".join(message.defects),
        }
    )
    if message.text:
        show.block(message.text[:1000] + ("\n…" if len(message.text) > 1000 else ""))
    show.line("What it is")
    show.fields(
        {
            "  unreadable": explanation.unreadable,
            "  kind": f"{verdict.kind} by rule {verdict.rule}: {verdict.reason}",
            "  may be answered": f"{'yes' if verdict.may_answer else 'no'} by rule {verdict.answer_rule}: "
            f"{verdict.answer_reason}",
            "  sender": f"{explanation.authentication.result}: {explanation.authentication.reason}",
        }
    )
    if explanation.bounce:
        show.line("What it reports")
        show.fields(
            {
                "  about": explanation.bounce.mail_id or "no letter of ours that could be proved",
                "  proof": explanation.bounce.proof,
                "  recipients": "; ".join(
                    f"{each.recipient or 'unnamed'}: {each.failure} {each.status}".strip()
                    for each in explanation.bounce.recipients
                ),
            }
        )
    show.line("Where it belongs")
    for clue in explanation.clues:
        show.line(f"  {clue.kind} {clue.value}: {clue.leads_to or 'leads to no case'}")
    if not explanation.clues:
        show.line("  nothing in it names a case")
    if explanation.waits_for_original:
        show.line("  it answers a mail that is not received yet, and would wait for it")
    show.line("What would become of it")
    show.line(f"  {explanation.disposition}: {explanation.reason}")
    if explanation.case:
        show.line(f"  case {explanation.case.reference}, now {explanation.case.status}")
    for entry in explanation.history:
        show.line(f"  history: {entry.who}: {entry.what}" + (f": {entry.text}" if entry.text else ""))
    if explanation.letter:
        show.line("The letter that would go, with an example of a reference")
        show.fields({"  to": explanation.letter.recipient, "  subject": explanation.letter.subject})
        show.block(explanation.letter.text)
    else:
        show.line("No letter would go" + (f": {explanation.withheld}" if explanation.withheld else ""))
