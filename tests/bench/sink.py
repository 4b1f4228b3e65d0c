"""Where do the letters of the benchmark go? An SMTP server in a process of its own that takes everything.

Prints its port, serves until its input ends, then prints when it accepted what, for whom, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """What the sink took: the recipients, and the time of the last one in seconds since the epoch."""

    recipients: tuple[str, ...]
    last: float


class Sink:
    """The sink as a child process; `port` is where it listens, `stop` tells what it accepted."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.bench.sink"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.communicate()

    def stop(self) -> Accepted:
        answer, _ = self._process.communicate()
        found = json.loads(answer)
        return Accepted(recipients=tuple(found["recipients"]), last=found["last"])


class _Taker:
    def __init__(self) -> None:
        self.recipients: list[str] = []
        self.last = 0.0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.recipients += envelope.rcpt_tos
        self.last = time.time()
        return "250 2.0.0 taken"


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    taker = _Taker()

    def conversation() -> Any:
        return SMTP(taker, loop=loop, hostname="sink.example", data_size_limit=None)

    server = await loop.create_server(conversation, HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()
    print(json.dumps({"recipients": taker.recipients, "last": taker.last}), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve())
