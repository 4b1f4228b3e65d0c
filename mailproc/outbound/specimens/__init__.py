"""What does an imagined case look like? For checks and previews: a plain one, a bare one, a hostile one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from types import MappingProxyType

from mailproc.outbound.kinds import LETTERS
from mailproc.outbound.specimens import digest
from mailproc.outbound.specimens.report import SECTIONS
from mailproc.outbound.specimens.shapes import Duty, Exchange, File, Improvement, Line, Mail, Other, Raised
from mailproc.outbound.specimens.values import DUE, VALUES
from mailproc.outbound.specimens.words import WORDS

MARKUP = "<b>{{7*7}}</b>"  # stands in every hostile value; must come out as the characters it is
CANARY = "zqxwv"  # stands in every line of the hostile words; no word of any language


_STRANGER = "max@other.example"
_PARTICIPANT = "advice@law.example"
_ANSWER_BY = datetime(2026, 11, 26, 16, tzinfo=UTC)  # for whoever is asked since it was late


# What an enemy of ours would write: markup, templates, our own rows, every kind of line end, both
# directions of writing, words without an end.
_HOSTILE = "\u2028".join(
    [
        "<script>alert(1)</script><img src=http://track.example/x.gif> zqxwv",
        "</div></td></tr></table><h1>zqxwv</h1>",
        f"{MARKUP} {{% for x in y %}} {{# zqxwv",
        "--- Reply above this line --- zqxwv",
        "Sender            confirmed by mail host zqxwv\r│ zqxwv\x85\u202egnp.exe zqxwv\x0b#close zqxwv",
        "שלום عليكم zqxwv https://bank.example@evil.example/ https://bаnk.example/",
        "zqxwv" * 200,
        "zqxwv " * 200,
        "é日zqxwv" * 200,
    ]
)

# Mails of the customer that go along with a letter about the case.
_PACKET = (
    File(name="2026-11-22 10.15 mail 812.eml", size=1_310_000, state="attached"),
    File(name="2026-11-21 17.40 mail 640.eml", size=26_400_000, state="too_large"),
)
_ENCLOSED: Mapping[str, Sequence[File]] = MappingProxyType(
    {
        "escalation": (File(name="C-7F3K-9QXT.txt", size=4_100, state="attached"), *_PACKET),
        "outside_request": (File(name="C-7F3K-9QXT.txt", size=900, state="attached"), *_PACKET[:1]),
        "outside_answer": (File(name="report.pdf", size=220_000, state="attached"),),
    }
)

# What stands for `words` in a letter, where that is not an answer or a mail of the customer.
_WORDS_OF: Mapping[str, str] = MappingProxyType(
    {
        "colleague_note": "note",
        "escalation": "letter",
        "outside_request": "asked",
        "outside_answer": "answered",
        "outside_silence": "asked",
        "extension": "delay",
        "approval": "reasons",
        "information_request": "request",
        "holding": "delay",
    }
)


def specimen(letter: str, language: str) -> dict[str, object]:
    """Return the names of an imagined case, with everything that may be there."""
    words = WORDS.get(language, WORDS["en"])
    at = datetime(2026, 11, 21, 16, 40, tzinfo=UTC)
    exchanges = tuple(
        Exchange(at=at, who=who, what=what, text=text) for who, what, text in _rows(words["exchanges"])
    )
    theirs = letter in {"new_case", "follow_up", "deadline_near"}
    other = Other(
        reference="C-2222-2222",
        status="waiting",
        subject=str(words["subject"]),
        received_on=at,
        command="#merge C-2222-2222",
    )
    values = {
        **VALUES,
        **words,
        "words": words["letter" if theirs else _WORDS_OF.get(letter, "words")],
        "draft": words["words"],
        "quoted_subject": words["subject"],
        "exchanges": exchanges,
        "others": (other,),
        "lines": _lines(str(words["subject"])),
        "since": exchanges[:1],
        "earlier": (
            Mail(at=at, words=str(words["note"]), stranger=_STRANGER),
            Mail(at=at, words=str(words["note"]), participant=_PARTICIPANT),
        ),
        "reason": words["bounced" if letter == "undeliverable" else "returned"],
        "does": "answer" if theirs or letter == "returned" else "note",
    }
    if not theirs:
        values["attachments"] = _ENCLOSED.get(letter, ())
    if letter in ("deadline_near", "follow_up"):
        values["remarks"] = words["owed" if letter == "deadline_near" else "begun"]
    if letter == "handed_up":
        values["done"] = words["why"]
    if letter == "escalations":
        values["lines"] = _raised(str(words["subject"]), words["why"])
    if letter == "outside_request":
        values["asked_on"] = date(2026, 11, 23)
    if letter == "outside_silence":
        asked_on = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
        values |= {"says": words["unanswered"], "asked_on": asked_on, "answer_by": DUE}
    if letter == "escalation":
        # Carl owns it, Dora was asked in vain after it was late, now Bea is.
        values |= {"reason": words["raised"], "owner": values["author"], "answer_by": _ANSWER_BY, "asks": ()}
    if letter == "report":
        item = Improvement(
            id=7, reference="C-7F3K-9QXT", text=str(words["note"]), who=str(values["author"]), at=at
        )
        values |= {"kind": "week", "improvements": (item,), "left_out": 2}
    if letter == "colleague_note":
        values |= {"deeds": ("assigned", "answered"), "kind": "answered", "words": words["words"]}
    if letter in digest.LETTERS:
        values |= digest.values(language, str(words["subject"]))
    return {name: values[name] for name in LETTERS[letter].names}


def bare(letter: str, language: str) -> dict[str, object]:
    """Return the imagined case with nothing that may be missing."""
    kind = LETTERS[letter]
    lists = (
        *("attachments", "remarks", "exchanges", "earlier", "others", "participants", "copied"),
        "improvements",
        "more",
    )
    empty: dict[str, object] = {name: () for name in lists if name in kind.names}
    if letter == "colleague_note":
        empty |= {"deeds": ("noted",), "kind": "noted", "words": specimen(letter, language)["note"]}
    if letter == "report":
        empty |= {"kind": "month", "left_out": 0, "sections": SECTIONS[:1]}
    if letter == "deadline_near":
        empty |= {"duties": (Duty(id="ack", due_at=DUE, overdue=True), Duty(id="other", due_at=DUE))}
    if letter in digest.LETTERS:
        empty |= digest.bare(letter)
    denied: dict[str, object] = {"authenticated": False} if "authenticated" in kind.names else {}
    return specimen(letter, language) | empty | denied | dict.fromkeys(kind.optional)


def hostile(letter: str, language: str) -> dict[str, object]:
    """Return the imagined case with an enemy's words wherever words of others may stand."""
    short = f"{MARKUP}\u2028\u202e" + "Wort" * 100
    exchange = Exchange(at=datetime(2026, 11, 21, tzinfo=UTC), who=short, what=short, text=_HOSTILE)
    other = Other(
        reference="C-2222-2222",
        status="closed",
        subject=short,
        received_on=datetime(2026, 11, 21, tzinfo=UTC),
        command="#link C-2222-2222",
    )
    theirs: dict[str, object] = {
        **dict.fromkeys(LETTERS[letter].marked, _HOSTILE),
        "customer_name": f"Boss <boss@example.com> {short}",
        "subject": f"[C-2222-2222] {short}",
        "quoted_subject": f"{MARKUP} {'Wort' * 20}",
        "attachments": (File(name=short, size=0, state="blocked"),),
        "exchanges": (exchange,) * 5,
        "others": (other,) * 5,
        "lines": _lines(short),
        "since": (exchange,) * 5,
        "earlier": (
            Mail(at=exchange.at, words=_HOSTILE, stranger=short),
            Mail(at=exchange.at, words=_HOSTILE, participant=short),
        ),
        "stranger": None,
        "participant": short,
        "improvements": (
            Improvement(id=7, reference="C-2222-2222", text=_HOSTILE, who=short, at=exchange.at),
        ),
        "left_out": 7,
        "authenticated": False,
        "participants": (f"{MARKUP}@evil.example", f"{'a' * 200}@evil.example"),
        "copied": (f"{MARKUP}@evil.example",),
        "is_copy": True,
        **({"lines": _raised(short, (short,) * 3)} if letter == "escalations" else {}),
        **(digest.hostile(short) if letter in digest.LETTERS else {}),
    }
    names = specimen(letter, language)
    return {name: theirs.get(name, value) for name, value in names.items()}


def _lines(subject: str) -> tuple[Line, ...]:
    """Cases of which something is due: one duty, two, one of a name of the policy's own."""
    late, soon, own = (
        Duty(id="decide", due_at=DUE, overdue=True),
        Duty(id="decide", due_at=datetime(2026, 11, 25, 16, tzinfo=UTC)),
        Duty(id="callback", due_at=DUE, overdue=True),
    )
    ack = Duty(id="ack", due_at=datetime(2026, 11, 23, 9, 15, tzinfo=UTC), overdue=True)
    return (
        Line(reference="C-7F3K-9QXT", subject=subject, duties=(ack, late)),
        Line(reference="C-8G4M-2RWV", subject="", duties=(own,)),
        Line(reference="C-9H5N-3SXW", subject=subject, duties=(soon,)),
    )


def _raised(subject: str, why: object) -> tuple[Raised, ...]:
    """Cases that go up together: with an owner and until when, and without both."""
    assert isinstance(why, tuple)
    return (
        Raised(
            number=1,
            reference="C-7F3K-9QXT",
            subject=subject,
            why=why,
            owner="Carl Cook",
            answer_by=_ANSWER_BY,
        ),
        Raised(number=2, reference="C-8G4M-2RWV", subject="", why=why[:1]),
        Raised(number=38, reference="C-9H5N-3SXW", subject=subject, why=why[1:]),
    )


def _rows(rows: object) -> Sequence[tuple[str, str, str]]:
    assert isinstance(rows, tuple)
    return rows
