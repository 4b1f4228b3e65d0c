"""What is kept of a mail that is taken in silently, for simulations to read how the old desk had done?"""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import Session

from mailproc.desk import Desk
from mailproc.inbound.classify import Kind, Verdict
from mailproc.inbound.earlier import read_earlier
from mailproc.mail import Message
from mailproc.store import earlier


def sent_by_desk(verdict: Verdict) -> Verdict:
    """Whoever imported a mail says that the desk had sent it: it is set aside, whatever it looks like."""
    reason = f"imported as mail that the desk had sent; the rules said {verdict.kind} ({verdict.rule})"
    return replace(verdict, kind=Kind.LOOP, rule="imported_as_sent", reason=reason, is_complaint=False)


def keep(
    desk: Desk,
    session: Session,
    message: Message,
    verdict: Verdict,
    *,
    inbox_id: int,
    sent: bool,
    of_customer: bool,
) -> None:
    """Keep what a mail says of its thread, if it is of a complaint: the customer's, or the desk's own."""
    read = read_earlier(message, verdict, desk.surroundings, sent=sent)
    if read.by_desk or of_customer:
        earlier.keep(
            session,
            inbox_id,
            by_desk=read.by_desk,
            by_machine=read.by_machine,
            named=read.named,
            addresses=read.addresses,
        )
