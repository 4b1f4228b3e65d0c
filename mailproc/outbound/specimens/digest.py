"""What does an imagined digest look like? For checks and previews, beside the other letters' specimens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from mailproc.cases.trends import Change
from mailproc.outbound.digest import Counts, Line, Section, trends

LETTERS = ("digest", "digest_receipt")
_ZONE = ZoneInfo("Europe/Budapest")


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """How much somebody has, as a digest shows it."""

    name: str | None
    open: int
    overdue: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """The mail of a day, as a digest shows it."""

    received: int
    handled: int
    waiting: int
    quarantined: int = 0
    unsure: int = 0
    not_done: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What became of a line, as the receipt shows it."""

    number: int | None
    reference: str | None
    written: str
    done: bool
    sentences: tuple[str, ...]


_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "en": {
            "subjects": ("The seal of the second one leaks too", "No answer for two weeks", "Charged twice"),
            "names": ("Bea Baker", "Carl Cook"),
            "written": ("3 assign Bea Baker", "7 escalate"),
            "sentences": (
                "Bea Baker has the case now.",
                "#escalate has no reason; write it behind the command",
            ),
            "below": ("Thank you all, good work.",),
            "warning": ("The lines were taken from the top of your mail.",),
        },
        "hu": {
            "subjects": ("A másodiknak is csöpög a tömítése", "Két hete nincs válasz", "Kétszer vonták le"),
            "names": ("Pék Bea", "Szakács Károly"),
            "written": ("3 átad Pék Bea", "7 eszkalál"),
            "sentences": (
                "Az ügy mostantól Pék Beáé.",
                "Az #eszkalál után nem áll indok; írja a parancs mögé.",
            ),
            "below": ("Köszönöm mindenkinek, szép munka.",),
            "warning": ("A sorokat a levele elejéről vettük.",),
        },
        "de": {
            "subjects": (
                "Auch die zweite Dichtung tropft",
                "Seit zwei Wochen keine Antwort",
                "Doppelt abgebucht",
            ),
            "names": ("Bea Bäcker", "Karl Koch"),
            "written": ("3 zuweisen Bea Bäcker", "7 eskalieren"),
            "sentences": (
                "Bea Bäcker hat den Fall jetzt.",
                "Bei #eskalieren fehlt der Grund; schreiben Sie ihn dahinter.",
            ),
            "below": ("Danke an alle, gute Arbeit.",),
            "warning": ("Die Zeilen stammen vom Anfang Ihrer E-Mail.",),
        },
    }
)

_BARE: Mapping[str, object] = MappingProxyType(
    {
        "sections": (),
        "load": (),
        "load_more": 0,
        "categories": (),
        "causes": (),
        "enclosed": 0,
        "left_out": 0,
        "counts": Counts(overdue=0, today=0, for_you=0),
        "post": Post(received=3, handled=2, waiting=1),
        "trends": trends([Change(name="received", now=0, before=0), Change(name="decided", now=0, before=0)]),
    }
)


def values(language: str, subject: str) -> dict[str, object]:
    """Return what the letters about a digest show, with everything that may be there."""
    words = _WORDS.get(language, _WORDS["en"])
    bea, carl = words["names"]
    second, third, fourth = words["subjects"]
    late, due = datetime(2026, 11, 21, 10, 15, tzinfo=_ZONE), datetime(2026, 11, 23, 23, 59, tzinfo=_ZONE)
    soon = datetime(2026, 11, 25, 16, 0, tzinfo=_ZONE)
    today = (
        Line(
            number=1,
            reference="C-7F3K-9QXT",
            subject=subject,
            why=("for_you", "overdue"),
            owner=bea,
            due_at=late,
        ),
        Line(number=2, reference="C-2222-2222", subject=second, why=("approve",), owner=carl),
        Line(number=3, reference="C-8H4M-2ZRV", subject=third, why=("overdue",), due_at=late),
        Line(number=4, reference="C-5M8D-3VXK", subject=fourth, why=("overdue",), owner=carl, due_at=late),
        Line(number=5, reference="C-6N2W-7QRJ", subject=third, why=("today",), owner=bea, due_at=due),
    )
    lines_of = {
        "soon": Line(
            number=6, reference="C-4K7P-9WXA", subject=fourth, why=("soon",), owner=bea, due_at=soon
        ),
        "stuck": Line(
            number=7,
            reference="C-3J5N-6TYB",
            subject="",
            why=("unreachable", "handed_on"),
            owner=carl,
            since=late,
            hand_offs=5,
        ),
        "above": Line(
            number=8, reference="C-9Q2D-5HKC", subject=second, why=("escalated",), owner=bea, to=carl
        ),
    }
    wrong, right = words["sentences"][1], words["sentences"][0]
    return {
        "agent_name": bea,
        "day": date(2026, 11, 23),
        "zone": "Europe/Budapest",
        "counts": Counts(overdue=6, today=2, for_you=2),
        "sections": (
            Section(id="today", lines=today, more=4),
            *(Section(id=id, lines=(line,)) for id, line in lines_of.items()),
        ),
        "load": (
            Load(name=bea, open=12, overdue=3),
            Load(name=carl, open=7, overdue=0),
            Load(name=None, open=2, overdue=1),
        ),
        "load_more": 2,
        "post": Post(received=42, handled=42, waiting=0, quarantined=1, unsure=2, not_done=3),
        "trends": trends(
            [Change(name="received", now=48, before=31), Change(name="decided", now=29, before=33)]
        ),
        "categories": (Change(name="quality", now=9, before=4), Change(name="delay", now=8, before=7)),
        "causes": (Change(name="delay", now=5, before=5),),
        "enclosed": 21,
        "left_out": 3,
        "warning": words["warning"],
        "lines": (
            Done(
                number=3, reference="C-8H4M-2ZRV", written=words["written"][0], done=True, sentences=(right,)
            ),
            Done(number=7, reference=None, written=words["written"][1], done=False, sentences=(wrong,)),
        ),
        "words": words["below"][0],
    }


def bare(letter: str) -> Mapping[str, object]:
    """Return what a digest, or its receipt, shows when there is nothing to show."""
    return _BARE if letter == "digest" else {"warning": ()}


def hostile(short: str) -> dict[str, object]:
    """Return a digest with an enemy's words wherever words of others may stand."""
    line = Line(number=1, reference="C-7F3K-9QXT", subject=short, why=("overdue",), owner=short, to=short)
    done = Done(number=None, reference=None, written=short, done=False, sentences=(short,))
    return {
        "sections": (Section(id="today", lines=(line,) * 12, more=99), Section(id="soon", lines=(line,) * 5)),
        "load": (Load(name=short, open=1, overdue=1),) * 20,
        "load_more": 99,
        "lines": (done,) * 20,
    }
