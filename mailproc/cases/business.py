"""When is a desk, or a regulator's country, at work? Business days and business hours, counted in UTC.

A calendar is data: the country whose public holidays close it, days of its own on top, and office hours.
Which days are public holidays is asked of whatever was given to `opened`, so that nothing here does I/O.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Protocol, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PrivateAttr,
    field_validator,
)

# No office is closed for longer; without a limit a calendar of seven weekend days would be counted for ever.
_LONGEST_CLOSURE = 400


class Weekday(StrEnum):
    """The days of the week in the order of `date.weekday()`."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


_WEEK = tuple(Weekday)


class PublicDays(Protocol):
    """What is known of a country's, a region's or a market's days."""

    def holiday(self, day: date) -> str | None:
        """Return the name of the public holiday, or None."""
        ...

    def is_weekend(self, day: date) -> bool:
        """Whether the day is a weekend's, worked or not."""
        ...

    def is_worked_weekend(self, day: date) -> bool:
        """Whether the day is a Saturday, say, that was decreed to be worked in exchange for a weekday."""
        ...


class Hours(BaseModel):
    """Office hours of a business day, `09:00-17:00`; never across midnight."""

    model_config = ConfigDict(frozen=True)

    opens: time
    closes: time

    @classmethod
    def parse(cls, text: str) -> Self:
        opens, dash, closes = text.partition("-")
        try:
            hours = cls(opens=time.fromisoformat(opens.strip()), closes=time.fromisoformat(closes.strip()))
        except ValueError:
            dash = ""
        if not dash or hours.opens >= hours.closes or hours.opens.tzinfo or hours.closes.tzinfo:
            raise ValueError("write opening and closing time of one day, such as 09:00-17:00")
        return hours

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"


HoursField = Annotated[
    Hours,
    BeforeValidator(lambda value: Hours.parse(value) if isinstance(value, str) else value),
    PlainSerializer(str, return_type=str),
]


class Calendar(BaseModel):
    """Which days and hours are business. `extra_working_days` win over everything that closes a day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="The name of the file.")
    title: str = Field(description="Whose business days these are.")
    source: str = Field(description="Where the days come from.")
    country: str | None = Field(
        default=None, pattern=r"^[A-Z]{2}$", description="ISO 3166 code of the country whose holidays count."
    )
    subdivision: str | None = Field(default=None, description="A part of it with holidays of its own.")
    market: str | None = Field(
        default=None, pattern=r"^[A-Z]{3,4}$", description="A financial market in place of a country."
    )
    zone: str | None = Field(default=None, description="IANA time zone; without it the desk's.")
    weekend: tuple[Weekday, ...] | None = Field(
        default=None, max_length=6, description="Its weekend; without it the country's, or sat and sun."
    )
    hours: HoursField = Field(
        default=Hours(opens=time(9), closes=time(17)), description="Office hours, such as 09:00-17:00."
    )
    extra_holidays: dict[date, str] = Field(default={}, description="Further closed days, each with why.")
    extra_working_days: dict[date, str] = Field(
        default={}, description="Days that are worked although they would be closed, each with why."
    )

    _public: PublicDays | None = PrivateAttr(default=None)
    _looked_up: dict[date, str | None] = PrivateAttr(default_factory=dict)

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None and value not in available_timezones():
            raise ValueError("write an IANA time zone such as Europe/Budapest")
        return value

    @property
    def needs_public_days(self) -> bool:
        return self.country is not None or self.market is not None

    def opened(self, public: PublicDays) -> Calendar:
        """Return this calendar with somebody to ask for public holidays."""
        calendar = type(self).model_validate(self.model_dump())
        calendar._public = public
        return calendar

    def why_closed(self, day: date) -> str | None:
        """Return why a day is no business day, or None when it is one.

        Raises ValueError when the calendar has a country and nobody to ask about it: to take a holiday for
        a working day would make every deadline wrong without a word.
        """
        # A day is asked for again and again; the library takes its time for each.
        looked_up = self._looked_up
        if day not in looked_up:
            looked_up[day] = self._why_closed(day)
        return looked_up[day]

    def _why_closed(self, day: date) -> str | None:
        if day in self.extra_working_days:
            return None
        if day in self.extra_holidays:
            return self.extra_holidays[day]
        if self.needs_public_days:
            if self._public is None:
                raise ValueError(f"calendar {self.id} was not opened: its public holidays are not known")
            if holiday := self._public.holiday(day):
                return holiday
        return "weekend" if self._is_weekend(day) else None

    def why_worked(self, day: date) -> str | None:
        """Return why a day is worked that would be closed; None for every other day."""
        if day in self.extra_working_days:
            return self.extra_working_days[day]
        exchanged = self._public is not None and self._public.is_worked_weekend(day) and self.is_open(day)
        return "worked in exchange for another day" if exchanged else None

    def is_open(self, day: date) -> bool:
        return self.why_closed(day) is None

    def next_open(self, day: date) -> date:
        """Return the day itself if it is a business day, else the first one after it."""
        return self._search(day, 1)

    def previous_open(self, day: date) -> date:
        """Return the day itself if it is a business day, else the last one before it."""
        return self._search(day, -1)

    def add_days(self, day: date, amount: int) -> date:
        """Return the business day `amount` of them after a day, or before it when negative.

        The day itself never counts, open or not: the next business day is number one, as nearly all
        regimes have it.
        """
        step = 1 if amount > 0 else -1
        for _ in range(abs(amount)):
            day = self._search(day + timedelta(days=step), step)
        return day

    def add_hours(self, anchor: datetime, amount: timedelta, zone: ZoneInfo) -> datetime:
        """Return the moment (UTC) `amount` of office time after `anchor`.

        What comes outside office hours counts from the next opening. Hours that are taken out of a working
        day by a clock change are not worked: the answer counts elapsed time between opening and closing.
        """
        left, day = amount, self.next_open(anchor.astimezone(zone).date())
        while True:
            opens, closes = self.opening(day, zone), self.closing(day, zone)
            begin = max(opens, anchor.astimezone(UTC))
            if begin < closes:
                if left <= closes - begin:
                    return begin + left
                left -= closes - begin
            day = self.add_days(day, 1)

    def opening(self, day: date, zone: ZoneInfo) -> datetime:
        return datetime.combine(day, self.hours.opens, zone).astimezone(UTC)

    def closing(self, day: date, zone: ZoneInfo) -> datetime:
        return datetime.combine(day, self.hours.closes, zone).astimezone(UTC)

    def _is_weekend(self, day: date) -> bool:
        if self.weekend is None and self._public is not None:
            return self._public.is_weekend(day) and not self._public.is_worked_weekend(day)
        return _WEEK[day.weekday()] in (self.weekend or (Weekday.SATURDAY, Weekday.SUNDAY))

    def _search(self, day: date, step: int) -> date:
        for _ in range(_LONGEST_CLOSURE):
            if self.is_open(day):
                return day
            day += timedelta(days=step)
        raise ValueError(f"calendar {self.id} has no business day in the {_LONGEST_CLOSURE} days to {day}")
