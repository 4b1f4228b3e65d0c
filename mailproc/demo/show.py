"""What does a person see of the demo? Each mail as it comes, what was decided by which rule, what was sent.

Customers' words lose their control characters before they reach a terminal and are never read as markup.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from rich.box import ROUNDED, SIMPLE_HEAD
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from mailproc.demo.checks import Check
from mailproc.demo.mails import read
from mailproc.demo.people import ANA, BEN, DESK, LABORATORY, MAILBOXES, MARA, PASSWORD
from mailproc.demo.scene import Scene
from mailproc.demo.servers import HOST
from mailproc.demo.view import View
from mailproc.settings import Config
from mailproc.store.tables import InboxRow, MessageRow, OutboxRow

_WIDTH_OF_FILES = 120  # columns, where there is no terminal to ask

_LABEL = "dim"
_IN, _DECIDED, _OUT = "cyan", "yellow", "green"


class Show:
    """Writes to one stream; colours only on a terminal."""

    def __init__(self, stream: IO[str]) -> None:
        self.console = Console(
            file=stream,
            width=None if stream.isatty() else _WIDTH_OF_FILES,
            highlight=False,
            markup=False,
            emoji=False,
        )

    def title(self, config: Config) -> None:
        words = Text.assemble(
            ("Two weeks at a complaints desk\n", "bold"),
            "Mail comes in by IMAP and goes out by SMTP, on this machine only. The desk is ",
            (f"{config.desk.name} <{config.desk.address}>", "bold"),
            "; the daemon at work is the real one.",
        )
        self.console.print(Panel(words, box=ROUNDED, border_style=_LABEL, padding=(0, 2)))

    def scene(self, number: int, scene: Scene) -> None:
        self.console.print()
        self.console.print(Text.assemble((f"{number:>2}  ", _LABEL), (scene.title, "bold")))

    def arrives(self, raw: bytes) -> None:
        mail = read(raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
        self._line("arrives", _IN, f"{mail['From']}: {mail['Subject']}")

    def passes(self, time: timedelta, now: datetime | None) -> None:
        """Show that time passes; `now`: until when, where the story says it."""
        if now is not None:
            words = f"it is {now:%A, %d %B, %H:%M}"
        else:
            words = f"{time.days} days pass" if time.days else f"{time.seconds // 60} minutes pass"
        self._line("later", _LABEL, words, style=_LABEL)

    def decided(
        self, row: InboxRow, message: MessageRow | None, reference: str | None, *, announce: bool
    ) -> None:
        """Show what became of a mail; `announce` it first when no scene did."""
        if announce and message is not None:
            self.console.print()
            name = f"{message.from_name} <{message.from_email}>" if message.from_name else message.from_email
            self._line("arrives", _IN, f"{name}: {message.subject}")
        about = f", case {reference}" if reference else ", no case"
        self._line("decided", _DECIDED, f"{row.disposition}{about}")
        if message is not None:
            self._line("", _LABEL, f"{message.kind} by rule {message.rule}; {row.reason}", style=_LABEL)

    def sent(self, letter: OutboxRow) -> None:
        self._line("sent", _OUT, f"{letter.letter} to {letter.recipient}: {letter.state}")
        self._line("", _LABEL, f"{letter.subject}; the server said {letter.last_code}", style=_LABEL)

    def checked(self, checks: Sequence[Check]) -> None:
        failed = [check for check in checks if not check.held]
        if not failed:
            self._line("as told", "green", f"{len(checks)} of {len(checks)} expectations held", style=_LABEL)
        for check in failed:
            self._failure(check)

    def cases(self, view: View, zone: ZoneInfo) -> None:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for name in ("case", "status", "customer and subject", "lang", "ack", "owed by"):
            # Where the terminal is narrow, the one column that may wrap is the one that gives way.
            table.add_column(name, no_wrap=name != "customer and subject")
        for case in view.cases.values():
            owed = case.next_deadline_at
            table.add_row(
                Text(case.reference, style="bold"),
                case.status,
                Text.assemble(plain(case.customer_email), "\n", (plain(case.subject), _LABEL)),
                case.language,
                case.acknowledgement,
                owed.astimezone(zone).strftime("%Y-%m-%d") if owed else "nothing",
            )
        self._heading("Cases")
        self.console.print(table)

    def ledger(self, view: View) -> None:
        """One line that anybody can add up: received is the sum of what follows."""
        counts = {name.replace("_", " "): count for name, count in view.ledger.items()}
        received, unaccounted = counts.pop("received"), counts.pop("unaccounted")
        waiting = counts.pop("waiting")
        parts = [f"{count} {name}" for name, count in counts.items() if count] + [f"{waiting} waiting"]
        self._heading("Ledger")
        words = Text.assemble((f"{received} received", "bold"), f" = {' + '.join(parts)}")
        self.console.print(words, soft_wrap=True)
        self.console.print(Text(f"{unaccounted} unaccounted for", style="bold"))
        self.console.print()

    def outcome(self, checks: Sequence[Check]) -> None:
        failed = [check for check in checks if not check.held]
        if not failed:
            self.console.print(Text(f"All {len(checks)} expectations of the story held.", style="bold green"))
            return
        self.console.print(
            Text(f"{len(failed)} of {len(checks)} expectations of the story did not hold:", style="bold red")
        )
        for check in failed:
            self._failure(check)

    def gallery(self, index: Path) -> None:
        self.console.print(
            Text.assemble("The mails, as files and as pages to look at: ", (str(index), "bold"))
        )

    def invitation(self, imap_port: int, smtp_port: int) -> None:
        """Tell how to take part with a mail program."""
        table = Table("name", "role", "user", "password", box=SIMPLE_HEAD)
        for person in MAILBOXES:
            table.add_row(person.name, person.role, Text(person.address, style="bold"), PASSWORD)
        self._heading("The desk stays open. Take part with Thunderbird or another mail program")
        self.console.print(table)
        self.console.print(
            Text.assemble(
                ("  Incoming  ", _LABEL),
                f"IMAP, {HOST}, port {imap_port}, no encryption, normal password\n",
                ("  Outgoing  ", _LABEL),
                f"SMTP, {HOST}, port {smtp_port}, no encryption, normal password",
            )
        )
        self.console.print()
        self.console.print(
            f"Be a customer: write to {DESK.address}, or answer a letter in her mailbox. Be an agent: answer "
            f"what the desk has sent to {ANA.name} or {BEN.name}; your answer leaves after two minutes. "
            f"{MARA.name} supervises them, and {LABORATORY.name} can be asked with #escalate. "
            "What the desk makes of it is shown here. Ctrl-C ends the demo; its mail is then gone."
        )

    def goodbye(self) -> None:
        self.console.print()
        self.console.print("The desk is closed; mail in hand is finished first.")

    def _heading(self, words: str) -> None:
        self.console.print()
        self.console.print(Text(words, style="bold"))

    def _failure(self, check: Check) -> None:
        self._line("not so", "bold red", f"{check.scene}, {check.what}")
        self._line("", _LABEL, f"expected {check.expected}")
        self._line("", _LABEL, f"found    {check.found}")

    def _line(self, label: str, colour: str, words: str, *, style: str = "") -> None:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=12, justify="right")
        grid.add_column()
        grid.add_row(Text(label, style=colour), _text(words, style))
        self.console.print(grid)


def _text(words: object, style: str = "") -> Text:
    return Text(plain(str(words)), style=style)


def plain(words: str) -> str:
    """Return words on one line, without characters that could steer a terminal or turn the writing round."""
    kept = []
    for char in words:
        category = unicodedata.category(char)
        if char.isspace() or category in ("Zl", "Zp"):
            kept.append(" ")
        elif category not in ("Cc", "Cf", "Cs"):
            kept.append(char)
    return "".join(kept)
