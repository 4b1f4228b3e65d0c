"""Where do the letters go during a crash run? To an SMTP server that defers, cuts, and remembers everything.

It is a little slow on purpose, so that kills fall between the last byte of a letter and the answer.
"""

from __future__ import annotations

import asyncio
import random
import re
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)

_DEFERRED = 0.015  # at RCPT, and again at the final dot
_CUT = 0.015  # accepted, and the connection ends without a word
_SLOWEST = 0.04  # seconds before the final dot counts, and again before the answer
_GLANCE = 0.01  # seconds between two looks whether the door is open again


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A letter the server has taken responsibility for."""

    message_id: str
    recipient: str
    at: float


class Sink:
    """An SMTP server in a thread of its own; used with `with`. Hostile until it is told to be calm."""

    def __init__(self, seed: int) -> None:
        self.accepted: list[Accepted] = []
        self.deferred = 0
        self.cut = 0
        self._random = random.Random(seed)
        self._calm = False
        self._silent = threading.Event()
        self._by_recipient: dict[str, list[str]] = defaultdict(list)
        self._lock = threading.Lock()
        self._controller = _Controller(self, hostname="127.0.0.1", port=0)

    @property
    def port(self) -> int:
        port: int = self._controller.port
        return port

    def calm(self) -> None:
        """From now on take every letter and answer."""
        self._calm = True

    def fall_silent(self) -> None:
        """From now on accept no letter and refuse none: let the client wait after its last byte."""
        self._silent.set()

    def speak_again(self) -> None:
        self._silent.clear()

    def letters_to(self, address: str) -> list[str]:
        """The Message-IDs of what was accepted for an address, once each."""
        with self._lock:
            return list(dict.fromkeys(self._by_recipient[address]))

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    # What aiosmtpd asks; the names are its own.

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self._happens(_DEFERRED):
            self.deferred += 1
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        await self._dawdle()
        while self._silent.is_set():
            await asyncio.sleep(_GLANCE)
        if self._happens(_DEFERRED):
            self.deferred += 1
            return "451 4.3.0 come back later"
        found = _MESSAGE_ID.search(envelope.original_content)
        message_id = found.group(1).decode("ascii") if found else ""
        with self._lock:
            for recipient in envelope.rcpt_tos:
                accepted = Accepted(message_id=message_id, recipient=recipient, at=time.time())
                self.accepted.append(accepted)
                self._by_recipient[recipient].append(message_id)
        if self._happens(_CUT):
            self.cut += 1
            server.transport.abort()
            return "421 4.3.2 never read"
        await self._dawdle()
        return f"250 2.0.0 OK queued as {len(self.accepted)}"

    def _happens(self, share: float) -> bool:
        return not self._calm and self._random.random() < share

    async def _dawdle(self) -> None:
        if not self._calm:
            await asyncio.sleep(self._random.uniform(0, _SLOWEST))


class _Controller(Controller):  # type: ignore[misc]
    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # the system has chosen it
        super()._trigger_server()
