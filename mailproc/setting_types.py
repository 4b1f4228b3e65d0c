"""How is a value of the settings written? Durations, sizes, amounts, addresses and words, each checked.

What a fault says is what an operator reads, so it says what to write instead.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address
from typing import Annotated, Any

from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    WithJsonSchema,
    field_validator,
)

from mailproc.cases.approvals import Money

# Six digits keep a slip of the finger (`60000000000d`) from overflowing a timedelta.
_DURATION = re.compile(r"(\d{1,6})\s*(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

# Control characters, line separators and bidirectional controls: every text of this file ends up in a
# header, a protocol command or a log line.
_NOT_IN_ONE_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Contradiction(ValueError):
    """Two settings that do not go together: what was found, and what to do about it."""

    def __init__(self, found: str, remedy: str) -> None:
        self.found = found
        self.remedy = remedy
        super().__init__(f"{found}; {remedy}")


def parse_duration(value: Any) -> timedelta:
    """Read `60s`, `5m`, `2h` or `1d`. A bare number is refused: its unit would be a guess."""
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("write a whole number and a unit (s, m, h or d), for example 60s")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def format_duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,6}\s*[smhd]$", "examples": ["60s", "5m", "2h"]}),
]


_SIZE = re.compile(r"(\d{1,6})\s*([kM]?B)", re.IGNORECASE)
_SIZE_UNITS = {"b": 1, "kb": 1000, "mb": 1_000_000}


def parse_size(value: Any) -> int:
    """Read `10MB` or `500kB`, with a thousand bytes to the kB, as mail hosts count; or a number of bytes."""
    if isinstance(value, str) and (match := _SIZE.fullmatch(value.strip())):
        return int(match[1]) * _SIZE_UNITS[match[2].lower()]
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("write a size such as 10MB or 500kB")
    return value


def format_size(value: int) -> str:
    for unit, size in (("MB", 1_000_000), ("kB", 1000)):
        if value and value % size == 0:
            return f"{value // size}{unit}"
    return str(value)


def at_most_size(most: str) -> AfterValidator:
    """Limit a size to a range from nothing to `most`, both included."""
    largest = parse_size(most)

    def check(value: int) -> int:
        if not 0 <= value <= largest:
            raise ValueError(f"choose between 0 and {most}")
        return value

    return AfterValidator(check)


Size = Annotated[
    int,
    BeforeValidator(parse_size),
    PlainSerializer(format_size, return_type=str),
    WithJsonSchema(
        {
            "type": ["string", "integer"],
            "pattern": r"^\d{1,6}\s*([kKmM]?[bB])?$",
            "examples": ["10MB", "500kB"],
        }
    ),
]


def between(low: str, high: str) -> AfterValidator:
    """Limit a duration to a range, both ends included."""
    shortest, longest = parse_duration(low), parse_duration(high)

    def check(value: timedelta) -> timedelta:
        if not shortest <= value <= longest:
            raise ValueError(f"choose between {low} and {high}")
        return value

    return AfterValidator(check)


def check_address(value: str) -> str:
    try:
        return validate_email(value, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        # A desk on one machine may well live at localhost; the library refuses names without a dot.
        if re.fullmatch(r"[A-Za-z0-9.!#$%&'*/=?^_`{|}~-]+@localhost", value):
            return value
        raise ValueError(f"write a mail address such as complaints@example.com ({error})") from None


EmailAddress = Annotated[str, BeforeValidator(lambda v: check_address(v) if isinstance(v, str) else v)]


def check_host(value: str) -> str:
    try:
        ip_address(value.strip("[]"))
    except ValueError:
        if re.search(r"[\s/@:]", value):
            raise ValueError("write the name of the server alone; the port has a key of its own") from None
    return value


def parse_since(value: Any) -> Any:
    if isinstance(value, date) or value in ("go-live", "all"):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("write go-live, all, or a date such as 2026-01-31") from None


def check_number(value: Any) -> Any:
    """Refuse true and false, which Python takes for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("write a whole number")
    return value


WholeNumber = Annotated[int, BeforeValidator(check_number)]


def parse_amount(value: Any) -> Money:
    """Read `50`, `49.90` or `100 EUR`: money, without a currency in the one the desk pays in."""
    if isinstance(value, Money):
        return value
    # By way of text: the number 49.9 of a YAML file is meant as it is written.
    number, _, currency = " ".join(str(value).split()).partition(" ")
    try:
        amount = None if isinstance(value, bool) else Decimal(number)
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or amount < 0:
        raise ValueError("write an amount such as 50 or 49.90 or 100 EUR")
    if currency and not re.fullmatch("[A-Z]{3}", currency):
        raise ValueError("write the currency as its three letters, such as 100 EUR")
    return Money(amount=amount, currency=currency)


Amount = Annotated[
    Money,
    BeforeValidator(parse_amount),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": ["number", "string"], "minimum": 0, "examples": [50, "49.90", "100 EUR"]}),
]


def as_list(value: Any) -> Any:
    """Read `en, hu` as a list of two: the form that fits into a variable or on one line."""
    return [word.strip() for word in value.split(",")] if isinstance(value, str) else value


def text_keys(value: Any) -> Any:
    """Read the key `1:` as the text it is meant as; YAML takes it for a number."""
    if not isinstance(value, dict):
        return value
    return {
        str(key) if isinstance(key, int) and not isinstance(key, bool) else key: inner
        for key, inner in value.items()
    }


_WORD = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def check_word(value: str) -> str:
    """A word that an agent writes in a command and that stands in the history for years."""
    if not _WORD.fullmatch(value) or len(value) > 40:
        raise ValueError("write small letters and digits, with _ between them, at most 40")
    return value


def check_words(values: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({word for word in values if values.count(word) > 1})
    if twice:
        raise Contradiction(f"{', '.join(twice)} twice", "write each word once")
    return values


Word = Annotated[
    str,
    AfterValidator(check_word),
    WithJsonSchema({"type": "string", "pattern": f"^{_WORD.pattern}$", "maxLength": 40}),
]
Words = Annotated[tuple[Word, ...], BeforeValidator(as_list), AfterValidator(check_words)]


class Settings(BaseModel):
    """Base of every section: frozen, and an unknown key is a fault.

    The validation context may be the Workplace; relative paths are then made absolute.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    @field_validator("*", mode="before")
    @classmethod
    def _one_line(cls, value: Any) -> Any:
        if isinstance(value, str) and _NOT_IN_ONE_LINE.search(value):
            raise ValueError("write it on one line, without control characters")
        return value
