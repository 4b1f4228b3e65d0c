"""Which name did an agent mean? Levels, colleagues, outcomes: the nearest is suggested, never taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from mailproc.inbound.command_words import fold
from mailproc.sentences import joined, say

# Also the Hungarian and German words; the first name is the one that `Command.choice` holds.
FOUR_LEVELS = {
    "low": ("alacsony", "niedrig"),
    "normal": ("normál",),
    "high": ("magas", "hoch"),
    "urgent": ("sürgős", "dringend"),
}
TWO_LEVELS = {"low": FOUR_LEVELS["low"], "high": FOUR_LEVELS["high"]}
WHOM = {"customer": ("ügyfél", "vevő", "kunde", "kundin"), "other": ("más", "andere")}
NOBODY = {"none": ("nobody", "senki", "niemand")}
HAPPENINGS = {
    "implemented": ("megvalósult", "végrehajtva", "umgesetzt"),
    "investigated": ("kivizsgálva", "untersucht"),
    "information_received": ("adat érkezett", "auskunft erhalten"),
    "deadlocked": ("holtpont", "festgefahren"),
    "regulator_sent": ("hatóság küldte", "von behörde"),
    "objections_ended": ("kifogási idő lejárt", "einspruchsfrist abgelaufen"),
    "paused": ("szünetel", "angehalten"),
    "resumed": ("folytatódik", "fortgesetzt"),
}
UNDO = {"undo": ("visszavon", "zurück", "zurücknehmen")}
# Behind the name of somebody outside: whether the customer's mails go there too.
ORIGINALS = {
    "with originals": (
        *("with original", "with the originals"),
        *("eredetivel", "eredetikkel", "eredeti levelekkel"),
        *("mit original", "mit originalen", "mit originalmails"),
    ),
    "without originals": (
        *("without original", "without the originals"),
        *("eredeti nélkül", "eredetik nélkül", "eredeti levelek nélkül"),
        *("ohne original", "ohne originale", "ohne originalmails"),
    ),
}
NOW = {"now": ("most", "jetzt", "sofort")}


class Wrong(Exception):
    """What is wrong with a value: pairs of what was found and what to do."""

    def __init__(self, *problems: tuple[str, str]) -> None:
        self.problems = problems
        super().__init__("; ".join(found for found, _ in problems))


def one_of(names: Sequence[str]) -> str:
    """Return the end of a remedy that tells all names there are."""
    if not names:
        return say(" (none is configured at this desk)")
    return say(" (choose from {names})", names=", ".join(names))


def closest(name: str, names: Sequence[str]) -> str | None:
    """Return the name that is spelled most alike, or None when none is near."""
    by_fold = {fold(each): each for each in reversed(names)}
    near = get_close_matches(fold(name)[:40], by_fold, n=1, cutoff=0.6)
    return by_fold[near[0]] if near else None


def pick(written: str, names: Sequence[str], kind: str, before: str) -> str:
    """Return the one name that was meant; `before` is what stands before it in a remedy."""
    found = list(dict.fromkeys(name for name in names if name == written)) or list(
        dict.fromkeys(name for name in names if fold(name) == fold(written))
    )
    if len(found) == 1:
        return found[0]
    if found:
        raise Wrong(
            (
                say("`{written}` may be any of {names}", written=written, names=", ".join(found)),
                say("write it exactly as it is spelled there"),
            )
        )
    near = closest(written, names)
    suggestion = (
        say("write {what}", what=f"`{before}{near}`") if near else say("write another {kind}", kind=kind)
    )
    raise Wrong(
        (
            say("there is no {kind} `{written}`", kind=kind, written=written),
            joined("", (suggestion, one_of(names))),
        )
    )


def pick_fixed(written: str, choices: Mapping[str, Sequence[str]], kind: str, before: str) -> str:
    found = fixed(written, choices)
    return found if found else pick(written, tuple(choices), kind, before)


def fixed(written: str, choices: Mapping[str, Sequence[str]]) -> str | None:
    """Return the choice, written in any of our languages."""
    wanted = fold(written)
    return next((name for name, also in choices.items() if wanted in {fold(n) for n in (name, *also)}), None)
