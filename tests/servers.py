"""Which real servers do the tests talk to? pymap and aiosmtpd, and Dovecot where it is installed.

    EmbeddedServers   the demo's IMAP and SMTP servers, with a sink that can be told to misbehave
    Dovecot           a private Dovecot with one user, for what only a grown server does

They listen on the loopback address and on free ports, and end with their `with`. The servers that are wrong
on purpose are in `tests/transports/scripted.py`.
"""

from __future__ import annotations

import imaplib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from mailproc.demo.servers import HOST, MailServers
from tests.transports.scripted import CUT

__all__ = ["CUT", "Dovecot", "EmbeddedServers", "Sink"]

# Embedded servers


class Sink:
    """How the embedded SMTP server behaves: `script[phase]` is what it answers instead of the usual.

    Phases are those of `MailServers.answer`. A value is an SMTP reply or CUT, or a list of them, used up
    one by one, in which None stands for the usual answer.
    """

    def __init__(self) -> None:
        self.script: dict[str, str | list[str | None]] = {}

    def answer(self, phase: str) -> str | None:
        answer = self.script.get(phase)
        if isinstance(answer, list):
            answer = answer.pop(0) if answer else None
        if answer == CUT:
            raise ConnectionAbortedError
        return answer


class EmbeddedServers(MailServers):
    """pymap and aiosmtpd in one thread; `desk` with password `secret` unless other users are named."""

    def __init__(self, users: Mapping[str, str] | None = None, *, bounce: Sequence[str] = ()) -> None:
        super().__init__(users or {"desk": "secret"}, bounce=bounce)
        self.sink = Sink()

    def answer(self, phase: str, argument: str) -> str | None:
        return self.sink.answer(phase) or super().answer(phase, argument)

    def other_client(self, user: str, password: str) -> imaplib.IMAP4:
        """Return a second mail program at the same mailbox, INBOX selected."""
        return _other_client(self.imap_port, user, password)


def _other_client(port: int, user: str, password: str) -> imaplib.IMAP4:
    client = imaplib.IMAP4(HOST, port, timeout=20)
    client.login(user, password)
    client.select("INBOX")
    return client


# Dovecot


class Dovecot:
    """A private Dovecot 2.3 with one user on a Maildir; see `settings` for what a test may change.

    Everything is below `base_dir`, by default a directory of its own that goes away at the end. Run by
    root, the mail processes are another user, who must be able to reach `base_dir`.
    """

    def __init__(self, base_dir: Path | None = None, *, settings: str = "") -> None:
        self._own_dir = base_dir is None
        self.base_dir = base_dir or Path(tempfile.mkdtemp(prefix="mailproc-dovecot-"))
        self.base_dir.chmod(0o755)
        self.user, self.password = "desk", "secret"
        self.maildir = self.base_dir / "mail" / "Maildir"
        self._uid, self._gid = (5000, 5000) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
        self._delivered = 0
        self.port = _free_port()
        self._configure(settings)
        self._start()

    @staticmethod
    def available() -> bool:
        return _dovecot() is not None

    def deliver(self, raw: bytes, when: datetime | None = None) -> None:
        """Put a mail into INBOX as a delivery agent does: complete at once or not at all."""
        self._delivered += 1
        name = f"{1700000000 + self._delivered}.M{self._delivered}.test"
        draft = self.maildir / "tmp" / name
        draft.write_bytes(raw)
        self._give(draft)
        if when is not None:
            os.utime(draft, (when.timestamp(), when.timestamp()))
        draft.rename(self.maildir / "new" / name)

    def empty(self) -> None:
        """Remove every mail and folder; UIDs start anew. For use while nobody is connected."""
        shutil.rmtree(self.maildir)
        self._make_maildir()

    def reset_uidvalidity(self) -> tuple[int, int]:
        """Forget all UIDs as a restore from backup does; return UIDVALIDITY before and after."""
        before = self._uidvalidity()
        for path in [*self.maildir.glob("dovecot-uidlist*"), *self.maildir.glob("dovecot.index*")]:
            path.unlink()
        after = self._uidvalidity()
        assert before != after, "Dovecot kept its UIDVALIDITY"
        return before, after

    def other_client(self) -> imaplib.IMAP4:
        """Return a second mail program at the same mailbox, INBOX selected."""
        return _other_client(self.port, self.user, self.password)

    def kick(self) -> None:
        """End every session of the user as `doveadm kick` does: the server says BYE or just closes."""
        doveadm = shutil.which("doveadm") or "/usr/bin/doveadm"
        subprocess.run([doveadm, "-c", self._config, "kick", self.user], check=True, capture_output=True)

    def restart(self) -> None:
        """End the server with all its sessions and start it again on the same port and mailbox."""
        with suppress(subprocess.CalledProcessError):  # nobody is logged in
            self.kick()  # a session in IDLE would outlive its server
        self._end()
        self._start()

    def stop(self) -> None:
        self._end()
        if self._own_dir:
            shutil.rmtree(self.base_dir, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _uidvalidity(self) -> int:
        client = self.other_client()
        value = client.response("UIDVALIDITY")[1][0]
        client.logout()
        return int(value)

    def _give(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self._uid, self._gid)

    def _make_maildir(self) -> None:
        for folder in ("cur", "new", "tmp"):
            (self.maildir / folder).mkdir(parents=True)
        for path in (self.maildir.parent, self.maildir, *self.maildir.iterdir()):
            self._give(path)

    def _configure(self, settings: str) -> None:
        self._make_maildir()
        (self.base_dir / "run").mkdir()
        passwd = self.base_dir / "passwd"
        home = self.maildir.parent
        passwd.write_text(f"{self.user}:{{PLAIN}}{self.password}:{self._uid}:{self._gid}::{home}::\n")
        passwd.chmod(0o644)
        self._config = self.base_dir / "dovecot.conf"
        self._config.write_text(
            f"""
            base_dir = {self.base_dir}/run
            state_dir = {self.base_dir}/run
            log_path = {self.base_dir}/dovecot.log
            protocols = imap
            listen = {HOST}
            ssl = no
            disable_plaintext_auth = no
            auth_mechanisms = plain login
            auth_failure_delay = 0
            mail_location = maildir:~/Maildir
            first_valid_uid = 1
            mail_max_userip_connections = 100
            passdb {{
              driver = passwd-file
              args = username_format=%u {passwd}
            }}
            userdb {{
              driver = passwd-file
              args = username_format=%u {passwd}
            }}
            namespace inbox {{
              inbox = yes
            }}
            service imap-login {{
              {"" if os.geteuid() == 0 else "chroot ="}
              inet_listener imap {{
                port = {self.port}
              }}
              inet_listener imaps {{
                port = 0
              }}
            }}
            {"" if os.geteuid() == 0 else _as_nobody_else()}
            {settings}
            """
        )

    def _start(self) -> None:
        dovecot = _dovecot()
        assert dovecot is not None, "no Dovecot on this machine"
        self._process = subprocess.Popen([dovecot, "-F", "-c", self._config], stderr=subprocess.DEVNULL)
        while True:
            try:
                with socket.create_connection((HOST, self.port), timeout=10) as probe:
                    assert probe.recv(100).startswith(b"* OK")
                    return
            except ConnectionRefusedError:
                with suppress(
                    subprocess.TimeoutExpired
                ):  # not up yet; a process that ends is noticed at once
                    self._process.wait(timeout=0.02)
                    log = self.base_dir / "dovecot.log"
                    raise AssertionError(log.read_text() if log.exists() else "Dovecot ended") from None


def _dovecot() -> str | None:
    return shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")


def _as_nobody_else() -> str:
    user = subprocess.run(["id", "-un"], check=True, capture_output=True, text=True).stdout.strip()
    group = subprocess.run(["id", "-gn"], check=True, capture_output=True, text=True).stdout.strip()
    return f"""
            default_internal_user = {user}
            default_internal_group = {group}
            default_login_user = {user}
            service anvil {{
              chroot =
            }}
    """


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
        return port
