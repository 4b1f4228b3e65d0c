"""How do agents hear that a customer has written? Each by a letter of her own, with words and files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from mailproc.cases.case import Case
from mailproc.desk import Desk
from mailproc.jobs import bundling, case_facts, hearing, telling
from mailproc.jobs.after_decision import still_matters
from mailproc.jobs.alike import others_of_customer
from mailproc.jobs.files import Files, for_agents
from mailproc.jobs.written import read_now, read_then
from mailproc.mail import Message
from mailproc.people import Agent
from mailproc.sentences import Sentence
from mailproc.store import absences, customer_mails, workload


def tell_of_mail(
    desk: Desk,
    session: Session,
    letter: str,
    case_id: int,
    case: Case,
    message: Message,
    *,
    files: Files,
    inbox_id: int,
    authenticated: bool,
    stranger: str | None,
    received_at: datetime,
    now: datetime,
    also: Sequence[Agent] = (),
    participant: str | None = None,
    remarks: Sequence[Sentence] = (),
) -> None:
    """Write to the agents about a mail of the customer: `new_case` or `follow_up`.

    `also` hear of it besides those who work on the case. `stranger` is who wrote it when that is an address
    not known for the case, `participant` when it is somebody who takes part beside the customer: it is said
    above the words. `remarks` say what the mail does to a case that was decided.
    """
    absent = absences.absent(session, now)
    told = dict.fromkeys((*hearing.readers(desk, case, absent), *also))
    if not told:
        return
    zone = desk.config.desk.zone
    mail = read_now(
        desk,
        message,
        inbox_id=inbox_id,
        authenticated=authenticated,
        stranger=stranger,
        participant=participant if stranger is None else None,
        at=received_at.astimezone(zone),
    )
    # The mail it tells of is being received, and not counted yet.
    contacts = workload.mails_of_case(session, case_id) + 1
    others = others_of_customer(session, case_id, case, mail.words, now) if letter == "new_case" else ()
    for agent in told:
        place = bundling.place(desk, session, letter, case_id, agent.name, now, message.attachments)
        earlier = customer_mails.these(session, place.shown)
        told_here = (*((each.inbox_id, each.files) for each in earlier), (inbox_id, message.attachments))
        taken = [file for each in told_here for file in files.of(*each)]
        listed, enclosed = for_agents(taken, desk.config.desk.agent_files, len(told))
        facts = case_facts.about_case(
            desk, session, case_id, case, contacts, besides=(inbox_id, *place.shown)
        )
        # What the mails before it have done stands in the same letter, as long as it is so.
        said_before = still_matters(desk, session, case_id, case, place.bundle)
        facts |= mail.facts() | {
            "attachments": listed,
            "earlier": tuple(read_then(desk, case, earlier)),
            "left_out": place.left_out,
            "others": others,
            "remarks": tuple(dict.fromkeys((*said_before, *remarks))),
        }
        if len(enclosed) < len(listed):
            facts["commands"] = (*case_facts.COMMANDS, "#original")
        telling.send(
            desk,
            session,
            letter,
            agent,
            case_id,
            case,
            facts,
            key=f"{letter}:{inbox_id}:{agent.name}",
            does=telling.ANSWER if case.customer_email else telling.NOTE,
            now=now,
            about_inbox_id=inbox_id,
            enclosures=enclosed,
            due_at=place.due_at,
            rewrites=place.rewrites,
            bundle=(*place.bundle, inbox_id),
        )
