"""How is a figure written in a letter: with which decimal sign, in minutes, hours or days?"""

from __future__ import annotations

from decimal import Decimal

from mailproc.outbound.figure_table import Unit, Value

_MINUTES = {"en": "min", "hu": "perc", "de": "Min."}
_HOURS = {"en": "hours", "hu": "óra", "de": "Std."}
_DAYS = {"en": "days", "hu": "nap", "de": "Tage"}
_NOTHING = "–"
_TWO_DAYS = 48


def figure(value: Value, unit: Unit, language: str) -> str:
    """Return `12`, `83 %`, `3.5 hours`, `4.1`, `49.90`; a dash where there is nothing to measure.

    Below an hour a time is written in minutes, from two days on in days of 24 hours.
    """
    if value is None:
        return _NOTHING
    match unit:
        case Unit.COUNT:
            return str(value)
        case Unit.SHARE:
            # German sets a narrow gap before the sign; a letter in text gets by with a plain one.
            return f"{float(value) * 100:.0f}{' ' if language == 'de' else ''}%"
        case Unit.HOURS:
            hours = float(value)
            if hours < 1:
                return f"{hours * 60:.0f} {_MINUTES.get(language, _MINUTES['en'])}"
            if hours < _TWO_DAYS:
                return f"{_decimal(hours, language)} {_HOURS.get(language, _HOURS['en'])}"
            return f"{_decimal(hours / 24, language)} {_DAYS.get(language, _DAYS['en'])}"
        case Unit.SCORE:
            return _decimal(float(value), language)
        case Unit.MONEY:
            amount = Decimal(value)
            return _comma(
                f"{amount:.0f}" if amount == amount.to_integral_value() else f"{amount:.2f}", language
            )


def _decimal(number: float, language: str) -> str:
    return _comma(f"{number:.1f}", language)


def _comma(number: str, language: str) -> str:
    return number if language == "en" else number.replace(".", ",")
