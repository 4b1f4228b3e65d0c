"""Who lets a decision go out that is above an agent? Asked by mail, answered by `#approve` or `#reject`.

While it waits nothing leaves. What leaves after all is what the agent wrote, in her name; the history says
who approved it.
"""

from __future__ import annotations

from collections.abc import Mapping

from mailproc.cases.approvals import Need
from mailproc.cases.case import Case, Proposal
from mailproc.cases.events import ResolutionApproved, ResolutionProposed, ResolutionRejected
from mailproc.inbound.commands import Command
from mailproc.jobs import case_facts, hearing, telling
from mailproc.jobs.orders import enclosing
from mailproc.jobs.orders.order import Order, Returned, source_of
from mailproc.people import Agent, People, name_key
from mailproc.sentences import any_of, say
from mailproc.store import relays


def approvers(people: People, case: Case, author: str) -> tuple[Agent, ...]:
    """Return who is asked: the lead of the case's team, else the supervisors; never the author.

    Who is away is asked only when everybody is. Of several supervisors the first who answers decides.
    """
    lead = people.lead(case.team) if case.team else None
    others = [
        tuple(person for person in asked if name_key(person.name) != name_key(author))
        for asked in ((lead,) if lead else (), people.deciders)
    ]
    there = [tuple(person for person in asked if not person.away) for asked in others]
    return next(filter(None, (*there, *others)), ())


def ask(order: Order, proposal: Proposal, need: Need) -> None:
    """Keep a resolution with the case until somebody approves it, and ask for that."""
    asked = approvers(order.desk.people, order.case, proposal.who)
    if not asked:
        raise Returned(
            say("this decision needs approval, and nobody but you could give it"),
            [say("Ask whoever runs this desk to name a lead of your team, or a supervisor, in people.yaml.")],
        )
    before = relays.history(order.session, order.case_id, case_facts.EXCHANGES)
    names = tuple(person.name for person in asked)
    order.happens(ResolutionProposed(proposal=proposal, asked=names))
    limit = order.desk.config.complaints.offer_limit
    facts = {
        "author": proposal.who,
        "need": need.value,
        "limit": str(limit) if limit else None,
        "outcome": proposal.outcome,
        "category": order.case.category,
        "cause": proposal.cause,
        "remedy": proposal.remedy,
        "amount": proposal.amount,
        "words": proposal.text,
        "exchanges": case_facts.with_words(order.desk, order.session, order.case, before),
    }
    letters = [
        telling.send(
            order.desk,
            order.session,
            "approval",
            person,
            order.case_id,
            order.case,
            facts,
            key=f"approval:{order.inbox_id}:{person.name}",
            does=telling.NOTE,
            now=order.now,
            about_inbox_id=order.relay.about_inbox_id,
            enclosures=order.enclosures,
            proposal_inbox_id=order.source,
        )
        for person in asked
    ]
    order.enclosures = ()  # they go to the customer with the resolution, and with no other letter
    if not any(letters):
        raise Returned(
            say("this decision needs approval, and no mail could be made to {who}", who=any_of(names)),
            [say("Tell whoever runs this desk.")],
        )
    order.done.append(
        say(
            "The resolution waits for approval by {who}. Nothing of it has left; #stop takes it back.",
            who=any_of(names),
        )
    )


def approve(order: Order, command: Command, words: str) -> None:
    """Queue the resolution as the agent wrote it. It can be stopped for the undo time, like any letter."""
    proposal = _asked_for(order, command)
    _refuse_who_decides_no_more(order, proposal)
    if order.since(besides=order.agent.name):
        raise Returned(
            say("something has happened since you were asked to approve this resolution"),
            [
                say("Read below what it was."),
                say(
                    "Answer this mail with #approve, and the resolution goes out as it is;"
                    " or with #reject and the reason."
                ),
            ],
        )
    order.must_be_reachable()
    if (source := source_of(proposal.reply)) is not None:
        enclosing.enclose_those_of(order, source)
    order.happens(ResolutionApproved(who=order.agent.name, remark=command.text))
    order.done.append(
        say(
            "You have approved the resolution of {author}. It goes out after the undo time.",
            author=proposal.who,
        )
    )
    approver = order.agent.name
    said = [say("{who} has approved your resolution. It goes out after the undo time.", who=approver)]
    if command.text:
        said.append(say("{who} remarks: {remark}", who=approver, remark=command.text))
    said.append(say("Answer this mail with #stop, and it does not."))
    facts = {"done": tuple(said), "words": None}
    for agent in _who_wrote(order, proposal):
        _tell(order, agent, "receipt", facts)


def reject(order: Order, command: Command, words: str) -> None:
    """Send the resolution back to its agent, with the reason and all that she wrote."""
    proposal = _asked_for(order, command)
    reason = "\n\n".join(filter(None, (command.text, words)))
    order.happens(ResolutionRejected(who=order.agent.name, reason=reason))
    line = [f"#resolve {proposal.outcome}"]
    line += [
        f"{name}={value}"
        for name, value in (
            ("cause", proposal.cause),
            ("remedy", proposal.remedy),
            ("amount", proposal.amount),
        )
        if value
    ]
    rows = order.since(besides=proposal.who)
    facts = {
        "reason": say(
            "{who} has not approved your resolution; the customer got nothing", who=order.agent.name
        ),
        "remedies": (
            say("Read below why."),
            say("Answer this mail with a better #resolve at the top and the reasons below it."),
        ),
        "words": f"{' '.join(line)}\n\n{proposal.text}",
        "since": case_facts.with_words(order.desk, order.session, order.case, rows),
    }
    for agent in _who_wrote(order, proposal):
        _tell(order, agent, "returned", facts)
    order.done.append(
        say("The resolution went back to {author}. The customer got nothing.", author=proposal.who)
    )


def _asked_for(order: Order, command: Command) -> Proposal:
    """Return the proposal that this very letter asked her about. Raises Returned when it asked for none."""
    asked = order.relay.proposal_inbox_id
    if asked is None:
        raise Returned(
            say(
                "nobody has asked you to #{command} anything by the mail that you answered",
                command=command.word,
            ),
            [say("Who was asked answers the mail that asks.")],
        )
    proposal = order.case.proposal
    if proposal is None:
        raise Returned(
            say("this resolution does not wait for you any more: it was decided already, or withdrawn"),
            [say("Nothing is left to do. Read below what happened.")],
        )
    if source_of(proposal.reply) != asked:
        raise Returned(
            say("this resolution does not wait for you any more: another has taken its place"),
            [say("Answer the mail that asks about the newest one.")],
        )
    if name_key(proposal.who) == name_key(order.agent.name):
        raise Returned(
            say("nobody approves a resolution of her own"),
            [say("Somebody else who was asked has to answer.")],
        )
    return proposal


def _refuse_who_decides_no_more(order: Order, proposal: Proposal) -> None:
    """Raise Returned when she was asked as a lead or a supervisor, and people.yaml names her so no more."""
    people, team = order.desk.people, order.case.team
    deciding = (people.lead(team) if team else None, *people.deciders)
    if order.agent not in deciding:
        raise Returned(
            say(
                "you may not approve it any more: you neither lead the team of this case nor are a supervisor"
            ),
            [
                say("#reject REASON sends it back."),
                say("When {author} sends it once more, whoever decides now is asked.", author=proposal.who),
            ],
        )


def _who_wrote(order: Order, proposal: Proposal) -> tuple[Agent, ...]:
    """Who hears how it ended: the agent who wrote it; when she has left, whoever is told about the case."""
    author = order.desk.people.agent(proposal.who)
    return (author,) if author is not None else hearing.readers(order.desk, order.case)


def _tell(order: Order, agent: Agent, letter: str, facts: Mapping[str, object]) -> None:
    telling.send(
        order.desk,
        order.session,
        letter,
        agent,
        order.case_id,
        order.case,
        facts,
        key=f"{letter}:{order.inbox_id}:{agent.name}",
        does=telling.NOTE,
        now=order.now,
        about_inbox_id=order.relay.about_inbox_id,
    )
