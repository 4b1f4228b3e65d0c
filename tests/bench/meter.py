"""What do a process and its children use? Processor time, and the memory of all of them together."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

import psutil

EVERY = 0.1  # seconds between two looks
MEBIBYTE = 1 << 20


class Meter:
    """Watches a process and its children from a thread.

    `rss` and `pss` are the highest sums seen, in MiB. RSS counts a page that two processes share twice,
    PSS counts it once; the truth for "does it fit" is the second, the first is what most tools show.
    """

    def __init__(self, pid: int) -> None:
        self.rss = self.pss = 0.0
        self._root = psutil.Process(pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="meter", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def processor_time(self) -> float:
        """Return the seconds of user and system time used so far, with those of children that ended."""
        total = 0.0
        for process in self._family():
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
            if process == self._root:
                total += times.children_user + times.children_system
        return total

    def _family(self) -> list[psutil.Process]:
        try:
            return [self._root, *self._root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _watch(self) -> None:
        while not self._over.wait(EVERY):
            rss = pss = 0.0
            for process in self._family():
                try:
                    memory = process.memory_footprint() if hasattr(process, "memory_footprint") else None
                    rss += process.memory_info().rss
                    pss += (memory or process.memory_full_info()).pss
                except (psutil.NoSuchProcess, psutil.AccessDenied):
                    continue
            self.rss, self.pss = max(self.rss, rss / MEBIBYTE), max(self.pss, pss / MEBIBYTE)
