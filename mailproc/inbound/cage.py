"""How are strangers' mails read so that none of them can hang, starve or crash the daemon?

In child processes under limits of wall time, processor time and memory. A mail that breaks a limit
costs its child and nothing else: a fresh one is started for the next mail. Time is kept from outside,
because a parser in an endless loop listens to nobody.
"""

from __future__ import annotations

import math
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from mailproc.errors import MailprocError, ParseError, ParserDied
from mailproc.inbound.cage_child import Child, Gone
from mailproc.mail import Attachment, Extract, Message

if TYPE_CHECKING:
    from mailproc.settings import ParserSettings

K = TypeVar("K")
T = TypeVar("T")

# How many mails are handed to the children before their results are wanted, so that a large one among them
# does not stop everything; and how many bytes, so that several large ones do not fill the memory.
_AHEAD_MAILS = 4
_AHEAD_BYTES = 8_000_000

_CLOSED = "the parser was closed before this mail was read; it will be read after the next start"


class Cage:
    """Parses mails in `settings.processes` child processes, started when first needed.

    May be used from several threads.
    """

    def __init__(self, settings: ParserSettings, languages: Sequence[str] = ()) -> None:
        self._settings = settings
        self._languages = tuple(languages)
        # Each worker thread owns one child: it writes, reads and looks at the clock.
        self._workers = ThreadPoolExecutor(settings.processes, thread_name_prefix="cage")
        self._local = threading.local()
        self._lock = threading.Lock()
        self._children: set[Child] = set()
        self._starting: list[Future[Child]] = []
        self._closed = False

    def start(self) -> None:
        """Start the children now, beside whatever else is being started; do not wait for them.

        One that does not start is told of when it is needed.
        """
        for _ in range(self._settings.processes):
            with suppress(RuntimeError):  # closed already
                self._starting.append(self._workers.submit(self._child))

    @property
    def is_started(self) -> bool:
        """Whether the children that `start` began are there, or have failed to come."""
        return all(future.done() for future in self._starting)

    def parse(self, raw: bytes) -> Message:
        """Read one mail. Raises TooComplex, ParserDied or ParseError, which are about the mail.

        A plain MailprocError is about us, and no mail is to blame: the child could not be started, or
        the cage was closed.
        """
        return self._result(self._submit_mail(raw))

    def extract(self, raw: bytes, asked: Sequence[tuple[Attachment, bool]]) -> list[Extract]:
        """Open a mail again for its files: of each attachment, and the bytes of those that are wanted.

        Raises as `parse` does. The bytes that come out are those with the digests of the attachments.
        """
        return self._result(self._submit(lambda child: child.extract(raw, asked)))

    def parse_each(self, raws: Iterable[tuple[K, bytes]]) -> Iterator[tuple[K, Message | ParseError]]:
        """Read many mails and yield the results in the order of the input.

        While the caller works on one result the children read the next mails; only a few are drawn from
        `raws` for that.
        """
        waiting: deque[tuple[K, int, Future[Message]]] = deque()
        processes = self._settings.processes
        ahead = 0
        try:
            for key, raw in raws:
                waiting.append((key, len(raw), self._submit_mail(raw)))
                ahead += len(raw)
                while len(waiting) > processes and (
                    len(waiting) > processes + _AHEAD_MAILS or ahead > _AHEAD_BYTES
                ):
                    key, size, future = waiting.popleft()
                    ahead -= size
                    yield self._outcome(key, future)
            while waiting:
                key, _, future = waiting.popleft()
                yield self._outcome(key, future)
        finally:
            for _, _, future in waiting:
                future.cancel()

    def close(self) -> None:
        """End the children at once; who still waits for a mail gets a MailprocError. Twice is as once."""
        with self._lock:
            self._closed = True
            children = list(self._children)
        for child in children:
            child.kill()
        self._workers.shutdown(wait=True, cancel_futures=True)
        for child in children:
            child.close()

    def __enter__(self) -> Cage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _command(self) -> list[str]:
        """Return the program of a child; its limits and languages follow as arguments."""
        return [
            *(sys.executable, "-P", "-W", "ignore", "-c"),
            "from mailproc.inbound.caged import main; main()",
        ]

    def _submit_mail(self, raw: bytes) -> Future[Message]:
        return self._submit(lambda child: child.ask(raw))

    def _submit(self, question: Callable[[Child], T]) -> Future[T]:
        try:
            return self._workers.submit(self._ask, question)
        except RuntimeError:
            raise MailprocError(_CLOSED) from None

    def _result(self, future: Future[T]) -> T:
        try:
            return future.result()
        except (ParserDied, CancelledError):
            # Whatever a mail ran into while its child was being ended under it, the mail is not to blame.
            if self._closed:
                raise MailprocError(_CLOSED) from None
            raise

    def _outcome(self, key: K, future: Future[Message]) -> tuple[K, Message | ParseError]:
        try:
            return key, self._result(future)
        except ParseError as error:
            return key, error

    def _ask(self, question: Callable[[Child], T]) -> T:
        for fresh in (False, True):
            child = self._child()
            try:
                return question(child)
            except Gone as gone:
                self._discard(child)
                # A child that ended while it was idle, say by the hand of the system, says nothing
                # about this mail. The mail gets one more.
                if gone.idle and not fresh:
                    continue
                raise ParserDied(str(gone)) from None
        raise AssertionError("unreachable")

    def _child(self) -> Child:
        child: Child | None = getattr(self._local, "child", None)
        if child is None:
            settings = self._settings
            cpu, wall = (math.ceil(limit.total_seconds()) for limit in (settings.cpu, settings.wall))
            arguments = [str(cpu), str(wall), str(settings.memory_mb * 1024 * 1024), *self._languages]
            with self._lock:
                if self._closed:
                    raise MailprocError(_CLOSED)
                child = Child([*self._command(), *arguments], wall=settings.wall.total_seconds(), cpu=cpu)
                self._children.add(child)
            self._local.child = child
            try:
                child.wait_until_ready()
            except Gone as gone:
                self._discard(child)
                if self._closed:
                    raise MailprocError(_CLOSED) from None
                raise MailprocError(
                    f"the parser process does not start ({gone}); what it wrote to the error output says why"
                ) from None
        return child

    def _discard(self, child: Child) -> None:
        child.kill()
        child.close()
        self._local.child = None
        with self._lock:
            self._children.discard(child)
