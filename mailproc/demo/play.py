"""How is the demo played? Scene by scene against the running daemon; then it stays open for a person."""

from __future__ import annotations

import hashlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mailproc.demo import gallery, story
from mailproc.demo.checks import Check, filed, final_checks, scene_checks
from mailproc.demo.folder import Folder
from mailproc.demo.logbook import logging_to
from mailproc.demo.mails import Posting, SoFar, write
from mailproc.demo.people import DESK
from mailproc.demo.scene import Scene
from mailproc.demo.servers import Sent
from mailproc.demo.show import Show
from mailproc.demo.stage import Stage, stage, submit
from mailproc.demo.view import View, look
from mailproc.store import queries

STORY_WITHIN = 60.0  # seconds for all scenes together
_GLANCE = 0.03  # seconds between two looks while a scene is played
_GLANCE_AFTERWARDS = 0.3


def main(*, once: bool, out: Path | None, imap_port: int = 0, smtp_port: int = 0) -> int:
    """Play the story; return 0 when every expectation held, else 1.

    Unless `once` is true the desk then stays open until Ctrl-C. Without a terminal it never does: a
    script must not hang. The mails are left in `out` (see `Folder.claim`). Ports are chosen by the
    system when 0. Raises MailprocError when the servers cannot be started or `out` is not ours to use.
    """
    show = Show(sys.stdout)
    folder = Folder.claim(out)
    once = once or not sys.stdout.isatty()
    with (
        logging_to(folder.reserve("daemon.log")),
        _stopped_by_signals(),
        stage(imap_port=imap_port, smtp_port=smtp_port) as on_stage,
    ):
        play = Play(on_stage, show)
        checks = play.story(story.STORY)
        view = look(on_stage.desk, on_stage.servers)
        index = gallery.write(folder, view, on_stage.desk.config)
        show.cases(view, on_stage.desk.config.desk.zone)
        show.ledger(view)
        show.outcome(checks)
        show.gallery(index)
        if not once:
            show.invitation(on_stage.servers.imap_port, on_stage.servers.smtp_port)
            play.stay_open(folder)
            show.goodbye()
    return 0 if all(check.held for check in checks) else 1


class Play:
    """The story on its stage: sends each mail, waits for what becomes of it, compares."""

    def __init__(self, on_stage: Stage, show: Show) -> None:
        self.stage = on_stage
        self.show = show
        self.written: dict[str, bytes] = {}
        self.letters: dict[tuple[str, str], list[Sent]] = {}
        self.cases: dict[str, int] = {}
        self._seen: View | None = None
        self._shown_mails: set[int | None] = set()
        self._shown_letters: set[int | None] = set()
        self._deadline = time.monotonic() + STORY_WITHIN

    def story(self, scenes: Sequence[Scene]) -> list[Check]:
        """Play all scenes and return everything that was compared."""
        self.show.title(self.stage.desk.config)
        checks: list[Check] = []
        for number, scene in enumerate(scenes, start=1):
            made = self._scene(number, scene)
            self.show.checked(made)
            checks += made
        self._wait(lambda: filed(self._look()))
        checks += final_checks(scenes, self._look(), self.stage.servers)
        return checks

    def _scene(self, number: int, scene: Scene) -> list[Check]:
        # What the last scene has left: should anything happen between the two, it counts for this one.
        before = self._seen or self._look()
        references = {name: before.reference(case_id) for name, case_id in self.cases.items()}
        so_far = SoFar(written=self.written, letters=self.letters, references=references)
        self.show.scene(number, scene)
        try:
            posting = write(scene, so_far, self.stage.clock())
        except KeyError as missing:
            name = missing.args[0]
            found = f"nothing came of {name if isinstance(name, str) else name[0]}"
            return [Check(scene=scene.id, what="can be played", expected="yes", found=found)]
        sent_before = len(self.stage.servers.sent)
        sha256 = None if posting is None else self._submit(scene, posting)
        if scene.later or scene.at:
            now = self.stage.skip(scene.later, scene.at)
            self.show.passes(scene.later, now if scene.at else None)
        self._wait(self._settled)
        after = self._seen = self._look()
        self._remember(scene, posting, sha256, after, sent_before)
        return list(scene_checks(scene, sha256, before, after, self.cases))

    def _submit(self, scene: Scene, posting: Posting) -> str:
        """Send a mail and wait until the desk has dealt with it; return the digest of its bytes."""
        login = scene.by.address if scene.by.has_mailbox else None
        sha256 = hashlib.sha256(self.stage.servers.stamped(login, posting.raw)).hexdigest()
        submit(posting, self.stage.servers.smtp_port, login)
        self.show.arrives(posting.raw)
        self._wait(lambda: self._received(sha256))
        return sha256

    def stay_open(self, folder: Folder) -> None:
        """Go on until Ctrl-C: people write and answer, the daemon works, we show it and keep the gallery."""
        with _asked_to_end() as asked:
            while not asked.wait(_GLANCE_AFTERWARDS):
                self.stage.check_daemon()
                if self._news(announce=True):
                    gallery.write(folder, self._look(), self.stage.desk.config)

    def _remember(
        self, scene: Scene, posting: Posting | None, sha256: str | None, after: View, sent_before: int
    ) -> None:
        """Keep what later scenes may speak of."""
        if posting is not None:
            self.written[scene.id] = posting.raw
        for sent in self.stage.servers.sent[sent_before:]:
            if self.stage.servers.owner(sent.recipient) != DESK.address:
                self.letters.setdefault((scene.id, sent.recipient), []).append(sent)
        mail = after.mail_of(sha256) if sha256 else None
        if mail is not None and mail.row.case_id is not None and mail.row.case_id not in self.cases.values():
            self.cases[scene.id] = mail.row.case_id

    def _received(self, sha256: str) -> bool:
        """Whether the mail with these bytes has been dealt with."""
        with self.stage.desk.database.reading() as session:
            newest = queries.mails(session, limit=1)
            return bool(newest) and newest[0][0].raw_sha256 == sha256 and newest[0][0].state == "done"

    def _settled(self) -> bool:
        """Whether every mail has been dealt with and every letter has ended."""
        with self.stage.desk.database.reading() as session:
            return queries.unfinished(session) == 0

    def _wait(self, condition: Callable[[], bool]) -> None:
        """Wait for something to be true, or for the end of the story's time; the checks tell which."""
        while True:
            reached = condition()
            self._news()
            if reached or time.monotonic() > self._deadline:
                return
            self.stage.check_daemon()
            time.sleep(_GLANCE)

    def _news(self, *, announce: bool = False) -> bool:
        """Show what was decided and sent since the last look; return whether there was anything."""
        with self.stage.desk.database.reading() as session:
            mails = [
                (row, message)
                for row, message in reversed(queries.mails(session, limit=50))
                if row.id not in self._shown_mails and row.state == "done"
            ]
            letters = [
                row
                for row in reversed(queries.letters(session, limit=50))
                if row.id not in self._shown_letters and row.settled_at is not None
            ]
            references = {case.id: case.reference for case in queries.cases(session)} if mails else {}
        for row, message in mails:
            self.show.decided(row, message, references.get(row.case_id), announce=announce)
            self._shown_mails.add(row.id)
        for letter in letters:
            self.show.sent(letter)
            self._shown_letters.add(letter.id)
        return bool(mails or letters)

    def _look(self) -> View:
        return look(self.stage.desk, self.stage.servers)


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Let SIGTERM end the demo as cleanly as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _asked_to_end() -> Iterator[threading.Event]:
    """Turn Ctrl-C and SIGTERM into an event: an exception in the middle of a look could get lost."""
    asked = threading.Event()
    before = {
        number: signal.signal(number, lambda number, frame: asked.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
