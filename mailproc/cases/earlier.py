"""What had the desk done about complaints before it had mailproc? Read from the mails of then, by thread.

Nobody wrote down what a mail was meant to do, so all are read by the same few assumptions, which stand in
`READ_AS` and are shown wherever something follows from them. Whoever wrote a mail is taken from its `From`,
which proves nothing: so nothing may follow from this but an estimate of how the old desk had done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mailproc.cases.calendars import Span, due_at
from mailproc.cases.happenings import BY_LETTER, PROGRESS, Happened, Happening
from mailproc.cases.policy import Policy

READ_AS = (
    "an answer belongs to the mail that it names (In-Reply-To, References), never to a subject, and went to "
    "the customer",
    "the first answer acknowledges, also when a machine wrote it; of later ones only those of people count",
    "each answer of a person tells how it stands; the last one decides, unless the customer wrote after it",
    "a mail of the customer that comes when a decision can no longer be taken up again is another complaint",
    "more time, disagreement, stages and surveys of then are not read; what only they meet is not judged",
)

# The letters as which an old mail can be read.
_READABLE = frozenset().union(
    *(BY_LETTER[what] for what in (Happening.ACKNOWLEDGED, Happening.UPDATED, Happening.DECIDED))
) - {PROGRESS}


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadMail:
    """One mail that was taken in silently.

    `case_id` is that of a customer's mail. `parent`: the mail that it answers, of those that are here.
    `addresses`: whom a mail of the desk went to; where a customer writes from and wants answers.
    """

    id: int
    at: datetime
    case_id: int | None = None
    parent: int | None = None
    by_desk: bool = False
    by_machine: bool = False
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Complaint:
    """A complaint as the old desk had it. Where nothing has happened, nothing is known but the receipt."""

    case_id: int
    received_at: datetime
    happened: tuple[Happened, ...] = ()
    customer_wrote_last: bool = False


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the mails tell. `answers` and `by_machine` are mails of the desk that answer a complaint here,
    `astray` those that do not; `joined` are cases that go on with a complaint of another case. `cases` are
    all that the mails belong to, and `ends_at` is when the newest mail came."""

    complaints: tuple[Complaint, ...] = ()
    answers: int = 0
    by_machine: int = 0
    astray: int = 0
    joined: int = 0
    cases: frozenset[int] = frozenset()
    ends_at: datetime | None = None


def not_readable(policy: Policy) -> frozenset[str]:
    """Return the clocks of a policy that no mail of then can be seen to meet, such as a survey's."""
    return frozenset(
        f"{stage.prefix}{name}"
        for stage in policy.every_stage()
        for name, rule in stage.rules.items()
        if not _READABLE & set(rule.satisfied_by)
    )


def tell(
    mails: Iterable[ThreadMail], *, reopen_within: Span, zone: ZoneInfo, going_on: Collection[int] = ()
) -> Told:
    """Return every complaint of these mails, the oldest first.

    `going_on` are cases that people work on in mailproc: what was answered before decided none of them.
    """
    ordered = sorted(mails, key=lambda mail: (mail.at, mail.id))
    threads = _Threads(ordered)
    by_case: dict[int, list[ThreadMail]] = {}
    answers = by_machine = astray = 0
    for mail in ordered:
        case_id = threads.complaint_of(mail)
        if case_id is None or (mail.by_desk and not threads.concerns_customer(mail, case_id)):
            astray += mail.by_desk
            continue
        by_case.setdefault(case_id, []).append(mail)
        answers += mail.by_desk
        by_machine += mail.by_desk and mail.by_machine
    complaints = [
        _read(case_id, part, decides=case_id not in going_on)
        for case_id, thread in by_case.items()
        for part in _parted(thread, reopen_within, zone)
    ]
    return Told(
        complaints=tuple(sorted(complaints, key=lambda each: each.received_at)),
        answers=answers,
        by_machine=by_machine,
        astray=astray,
        joined=threads.joined,
        cases=frozenset(mail.case_id for mail in ordered if mail.case_id is not None),
        ends_at=ordered[-1].at if ordered else None,
    )


class _Threads:
    """Which complaint is each mail about? Mails are given the oldest first."""

    def __init__(self, mails: Sequence[ThreadMail]) -> None:
        self._by_id = {mail.id: mail for mail in mails}
        self._homes: dict[int, int | None] = {}  # of mails, before cases are joined
        self._goes_on_in: dict[int, int] = {}
        self._addresses: dict[int, set[str]] = {}  # of the customer of each complaint
        for mail in mails:
            if not mail.by_desk and mail.case_id is not None:
                self._see(mail, mail.case_id)

    @property
    def joined(self) -> int:
        return sum(case_id != other for case_id, other in self._goes_on_in.items())

    def complaint_of(self, mail: ThreadMail) -> int | None:
        home = self._home(mail)
        return None if home is None else self._goes_on_in.get(home, home)

    def concerns_customer(self, mail: ThreadMail, case_id: int) -> bool:
        """Whether a mail is to the customer of a complaint, or from her; not one that the desk passed on."""
        return not mail.addresses.isdisjoint(self._addresses.get(case_id, ()))

    def _see(self, mail: ThreadMail, case_id: int) -> None:
        """A customer who answers the desk goes on with the complaint, although the mail opened a case."""
        if case_id not in self._goes_on_in:
            answered = self._answered(mail)
            before = self.complaint_of(answered) if answered is not None else None
            # Only a complaint that has begun by now has addresses: so no two go on in one another.
            same = before is not None and self.concerns_customer(mail, before)
            self._goes_on_in[case_id] = before if before is not None and same else case_id
        self._addresses.setdefault(self._goes_on_in[case_id], set()).update(mail.addresses)

    def _answered(self, mail: ThreadMail) -> ThreadMail | None:
        return None if mail.parent is None else self._by_id.get(mail.parent)

    def _home(self, mail: ThreadMail) -> int | None:
        """Return the case of the nearest mail of a customer that a mail answers; mails may name in a ring."""
        passed: list[int] = []
        found: int | None = None
        at: ThreadMail | None = mail
        while at is not None:
            if not at.by_desk:
                found = at.case_id
                break
            if at.id in self._homes or at.id in passed:
                found = self._homes.get(at.id)
                break
            passed.append(at.id)
            at = self._answered(at)
        self._homes.update(dict.fromkeys(passed, found))
        return found


def _parted(
    thread: Sequence[ThreadMail], reopen_within: Span, zone: ZoneInfo
) -> Iterator[Sequence[ThreadMail]]:
    """Yield the complaints of a thread; each begins with a mail of the customer."""
    part: list[ThreadMail] = []
    ends_at: datetime | None = None
    for mail in thread:
        if mail.by_desk:
            if not part:
                continue  # a wrong clock: it names a mail of the customer that it seems older than
            if not mail.by_machine:
                ends_at = due_at(mail.at, reopen_within, zone)
        elif ends_at is not None and mail.at > ends_at:
            yield part
            part, ends_at = [], None
        part.append(mail)
    if part:
        yield part


def _read(case_id: int, part: Sequence[ThreadMail], *, decides: bool) -> Complaint:
    answers = [mail for mail in part if mail.by_desk]
    by_people = [mail for mail in answers if not mail.by_machine]
    last_of_customer = max(mail.at for mail in part if not mail.by_desk)
    happened = [Happened(what=Happening.ACKNOWLEDGED, at=answer.at) for answer in answers[:1]]
    happened += [Happened(what=Happening.UPDATED, at=answer.at) for answer in by_people]
    rests = bool(by_people) and last_of_customer <= by_people[-1].at
    if rests and decides:
        happened[-1] = Happened(what=Happening.DECIDED, at=by_people[-1].at)
    return Complaint(
        case_id=case_id,
        received_at=part[0].at,
        happened=tuple(happened),
        customer_wrote_last=bool(by_people) and not rests,
    )
