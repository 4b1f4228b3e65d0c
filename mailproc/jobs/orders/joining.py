"""Which cases belong together? `#merge`, by which one goes on in another, and `#link`, which only says so."""

from __future__ import annotations

from mailproc.cases.case import Case
from mailproc.cases.events import CaseLinked, CaseMerged, CaseTookIn
from mailproc.cases.lifecycle import takes_follow_up
from mailproc.cases.words import in_words
from mailproc.inbound.commands import Command
from mailproc.jobs import case_facts, telling
from mailproc.jobs.orders import elsewhere
from mailproc.jobs.orders.order import Order, Returned
from mailproc.mail import address_key
from mailproc.outbound.kinds import TO_CUSTOMERS
from mailproc.sentences import joined, say
from mailproc.store import casebook, escalations, outbox, related, relays, workload

_MERGED = "merged"  # what the letter says that a colleague did; `_say.*.txt` has the words


def merge(order: Order, command: Command, words: str) -> None:
    """Close the case in favour of another: what is written about either comes there from now on."""
    case = order.case
    other_id, other = elsewhere.find(order, command.references[0])
    _refuse_strangers(case, other)
    _refuse_a_finished(order, other)
    for id, waits_in in ((order.case_id, case), (other_id, other)):
        _refuse_while_approval_waits(waits_in)
        _refuse_while_an_answer_waits(order, id, waits_in)
    zone = order.desk.config.desk.zone
    about = say(
        "received on {day}: {subject}",
        day=f"{case.received_at.astimezone(zone):%Y-%m-%d}",
        subject=case.subject,
    )
    took_in = CaseTookIn(
        who=order.agent.name,
        other=case.reference,
        clocks=case.clocks,
        questions=case.questions,
        escalation=case.escalation,
        text=f"{about}\n\n{words}".strip(),
    )
    larger = elsewhere.happens(order, other_id, other, took_in)
    taken = [each.to for each in larger.questions if each in case.questions]
    escalations.go_on_in(order.session, order.case_id, other_id, taken, order.now)
    order.happens(CaseMerged(who=order.agent.name, into=other.reference, text=words))
    order.done += [
        say(
            "{reference} goes on in {other}; {whose}.",
            reference=case.reference,
            other=larger.reference,
            whose=whose(larger),
        ),
        say(
            "What anybody writes about {reference} comes there, an answer to this mail too.",
            reference=case.reference,
        ),
    ]
    if address_key(larger.customer_email) != address_key(case.customer_email):
        order.done.append(say("Answers in that case go to {address}.", address=larger.customer_email))
    left_out = sorted(set(case.copied) - set(larger.copied))
    if left_out:
        order.done.append(
            say(
                "No copies of what is written there go to: {addresses}. #cc adds them.",
                addresses=", ".join(left_out),
            )
        )
    _tell_owners(order, case, other_id, larger, about, words)


def link(order: Order, command: Command, words: str) -> None:
    """Write into the histories of both cases that they have to do with each other; once."""
    for reference in command.references:
        other_id, other = elsewhere.find(order, reference)
        both = {"one": order.case.reference, "other": other.reference}
        linked = CaseLinked(who=order.agent.name, to=other.reference)
        if relays.has_entry(order.session, order.case_id, f"linked to {other.reference}"):
            order.done.append(say("{one} and {other} were linked before.", **both))
            continue
        order.happens(linked)
        # For the people of that case it is no news that would make an answer of theirs stale.
        back = CaseLinked(who="desk", to=order.case.reference, text=f"by {order.agent.name}")
        elsewhere.happens(order, other_id, other, back)
        order.done.append(say("{one} and {other} are linked.", **both))


def _refuse_strangers(case: Case, other: Case) -> None:
    """Raise Returned unless it is the same customer, or one whom an agent let take part in the other case.

    Whom a customer's mail merely names takes part too, but that mail may be a stranger's: the answers to what
    this customer wrote would go to him.
    """
    let_in = {address_key(email) for email in (other.customer_email, *other.copied)}
    if not case.customer_email or address_key(case.customer_email) not in let_in:
        raise Returned(
            say(
                "the customer of {reference} was not let take part in {other}",
                reference=case.reference,
                other=other.reference,
            ),
            [_link_instead(other)],
        )


def _link_instead(other: Case) -> str:
    return say(
        "Write #link {reference}: both stay, and people see that they belong together.",
        reference=other.reference,
    )


def whose(case: Case) -> str:
    """Return whose a case is, as the end of a sentence about it."""
    return say("{who} owns it", who=case.owner) if case.owner else say("nobody owns it yet")


def _refuse_a_finished(order: Order, other: Case) -> None:
    desk = order.desk
    if not takes_follow_up(other, desk.policy_of(other), desk.config.desk.zone, order.now):
        raise Returned(
            say(
                "{reference} is {status}, and nothing new comes there",
                reference=other.reference,
                status=in_words(other.status),
            ),
            [
                _link_instead(other),
                say("Or take it up again with #reopen in answer to one of its mails, then merge."),
            ],
        )


def _refuse_while_approval_waits(case: Case) -> None:
    """Raise Returned while somebody is asked about a decision: what she would approve was about one case."""
    if case.proposal is not None:
        raise Returned(
            say("a decision of {reference} waits for approval", reference=case.reference),
            [say("Withdraw it with #stop, or wait until it is approved or rejected; then merge.")],
        )


def _refuse_while_an_answer_waits(order: Order, case_id: int, case: Case) -> None:
    """Raise Returned while an answer of a person is on its way: whoever wrote it knew of one case alone.

    What the desk writes by itself, such as an acknowledgement, may still leave.
    """
    if any(not row.automatic for row in outbox.unsettled(order.session, case_id, TO_CUSTOMERS)):
        raise Returned(
            say("an answer to the customer waits to leave in {reference}", reference=case.reference),
            [say("Stop it with #stop, or send it with #send now; then merge.")],
        )


def _tell_owners(order: Order, case: Case, other_id: int, larger: Case, about: str, words: str) -> None:
    """Write to who owns either of the cases, except to her who merged them, what the customer wrote."""
    desk, session = order.desk, order.session
    owners = {name for name in (case.owner, larger.owner) if name and name != order.agent.name}
    if not owners:
        return
    opening = related.openings(session, [order.case_id]).get(order.case_id, "")
    came = say("{reference} goes on in this case. It was {about}", reference=case.reference, about=about)
    facts = case_facts.about_case(
        desk, session, other_id, larger, workload.mails_of_case(session, other_id)
    ) | {
        "authenticated": casebook.is_sender_proved(session, order.case_id),
        "received_on": case.received_at.astimezone(desk.config.desk.zone),
        "words": joined("\n\n", filter(None, (came, opening))),
        "attachments": (),
        "author": order.agent.name,
        "deeds": (_MERGED,),
        "kind": _MERGED,
        "note": words or None,
    }
    for owner in sorted(owners):
        agent = desk.people.agent(owner)
        if agent is not None:
            telling.send(
                desk,
                session,
                "colleague_note",
                agent,
                other_id,
                larger,
                facts,
                key=f"merged:{case.reference}:{agent.name}",
                does=telling.NOTE,
                now=order.now,
                author=order.agent.name,
            )
