"""Which days are public holidays? Asked of the library `holidays`, when the first such day is asked for.

Importing it takes a sixth of a second and eleven megabytes, which a desk without business days never pays.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase


class UnknownDays(ValueError):
    """Nobody knows the holidays of this country, part of a country, or market."""


class LibraryDays:
    """The public holidays of a country, a part of it, or a financial market (`ECB`: the TARGET days)."""

    def __init__(self, *, country: str | None, subdivision: str | None, market: str | None) -> None:
        self._country = country
        self._subdivision = subdivision
        self._market = market

    def holiday(self, day: date) -> str | None:
        return self._days.get(day)

    def is_weekend(self, day: date) -> bool:
        return self._days.is_weekend(day)

    def is_worked_weekend(self, day: date) -> bool:
        # Known to the library from the year's decree on, which comes some months ahead.
        return self._days.is_weekend(day) and self._days.is_working_day(day)

    def check(self) -> None:
        """Raise UnknownDays when the library does not know the place."""
        _ = self._days

    @cached_property
    def _days(self) -> HolidayBase:
        import holidays

        try:
            if self._market is not None:
                return holidays.financial_holidays(self._market, language="en_US")
            return holidays.country_holidays(
                self._country or "", subdiv=self._subdivision or None, language="en_US"
            )
        except RuntimeError as error:  # what the library raises for places that it does not know
            raise UnknownDays(str(error)) from None
