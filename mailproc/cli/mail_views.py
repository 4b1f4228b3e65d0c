"""How does a received mail look, to people and to machines?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailproc.cli import show

if TYPE_CHECKING:
    from mailproc.settings import Config
    from mailproc.store.tables import InboxRow, MessageRow


def summary(row: InboxRow, message: MessageRow | None, reference: str | None) -> dict[str, object]:
    return {
        "id": row.id,
        "received_at": show.iso(row.received_at),
        "disposition": row.disposition or "waiting",
        "reason": row.reason,
        "kind": message.kind if message else None,
        "rule": message.rule if message else None,
        "case": reference,
        "from": message.from_email if message else None,
        "from_name": message.from_name if message else None,
        "subject": message.subject if message else None,
        "mailbox": row.mailbox,
        "attempts": row.attempts,
        "last_error": row.last_error,
    }


def whole(row: InboxRow, message: MessageRow | None, reference: str | None) -> dict[str, object]:
    return {
        **summary(row, message, reference),
        "message_id": message.message_id if message else row.message_id,
        "raw_sha256": row.raw_sha256,
        "size": row.size,
        "complete": row.complete,
        "silent": row.silent,
        "folder": row.folder,
        "uidvalidity": row.uidvalidity,
        "uid": row.uid,
        "fetched_at": show.iso(row.fetched_at),
        "done_at": show.iso(row.done_at),
        "file_to": row.file_to,
        "filed_at": show.iso(row.filed_at),
        "taken_as": row.taken_as,
        "answer_rule": message.answer_rule if message else None,
        "authenticated": message.authenticated if message else None,
        "language": message.language if message else None,
        "recipients_failed": message.recipients_failed if message else [],
        "defects": message.defects if message else [],
        "attachments": message.attachments if message else [],
        "text": message.text if message else None,
    }


def print_mail(config: Config, row: InboxRow, message: MessageRow | None, reference: str | None) -> None:
    zone = config.desk.zone
    show.fields(
        {
            "mail": row.id,
            "received": show.moment(row.received_at, zone),
            "from": f"{message.from_name} <{message.from_email}>".strip() if message else None,
            "subject": message.subject if message else None,
            "message-id": message.message_id if message else row.message_id,
            "disposition": row.disposition or "waiting",
            "reason": row.reason,
            "kind": f"{message.kind} by rule {message.rule}" if message else None,
            "taken as": row.taken_as,
            "answer": message.answer_rule if message else None,
            "case": reference,
            "failed": show.ids_of(message.recipients_failed) if message else None,
            "attempts": row.attempts or None,
            "last error": row.last_error,
            "silent": "no letter may follow" if row.silent else None,
            "came by": f"{row.mailbox}, {row.folder}, UID {row.uid} of {row.uidvalidity}",
            "moved": f"{row.file_to} {show.moment(row.filed_at, zone)}" if row.filed_at else None,
            "size": f"{row.size} bytes" + ("" if row.complete else ", only the header was taken"),
            "digest": row.raw_sha256,
            "defects": "; ".join(message.defects) if message else None,
        }
    )
    if message and message.attachments:
        show.line()
        show.table(
            ["attachment", "name", "type", "bytes", "sha256"],
            [
                (number, each["name"], each["content_type"], each["size"], each["sha256"])
                for number, each in enumerate(message.attachments, start=1)
            ],
        )
    if message and message.text:
        show.line()
        show.block(message.text)
