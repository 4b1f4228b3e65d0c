"""Who else works on this database? With SQLite nobody may: one daemon, held by a lock of the system.

PostgreSQL is shared by design: there the row locks and leases decide.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mailproc.errors import DatabaseError
from mailproc.store.database import Database


@contextmanager
def only_daemon(database: Database) -> Iterator[None]:
    """Hold the right to run jobs on a SQLite database; raises DatabaseError when another process does.

    The lock is the kernel's and dies with the process, so a killed daemon leaves nothing to clean up.
    """
    name = database.url.database
    if not database.is_sqlite or not name or name == ":memory:":
        yield
        return
    path = Path(f"{name}.lock")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            raise DatabaseError(
                f"{name} is in use by another mailproc process (pid {holder}); stop it first, "
                "or share a PostgreSQL database between several daemons"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
