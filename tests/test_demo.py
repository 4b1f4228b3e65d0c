"""The demonstration: the story comes out as it is written, and would say so if it did not."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time as seconds
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from email import message_from_bytes
from email.policy import default
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from mailproc.demo import people, play, story
from mailproc.demo.checks import Check, scene_checks
from mailproc.demo.folder import MARKER, Folder
from mailproc.demo.mails import Posting
from mailproc.demo.photo import broken_plate
from mailproc.demo.play import Play
from mailproc.demo.scene import Expected, Letter, Plain, Scene, Silence, Told
from mailproc.demo.show import Show, plain
from mailproc.demo.stage import StoryClock, last_monday, stage, submit
from mailproc.demo.story import STORY
from mailproc.demo.view import View, look
from mailproc.errors import MailprocError
from mailproc.inbound.classify import Kind
from mailproc.store.receiving import Disposition

KETTLE = STORY[0]
BUDAPEST = ZoneInfo("Europe/Budapest")
MAILS = [scene for scene in STORY if not isinstance(scene.mail, Silence)]
HIDDEN = "new_case: does not say 'Mill Street'"
PATIENCE = 90.0  # seconds, for machines that have other things to do as well

EVIL = Scene(
    id="evil",
    title="A customer who tries to write into our pages and our terminal",
    by=people.NORA,
    mail=Plain(
        subject="<script>alert(1)</script> [bold red]look[/]",
        text='Dear all, this kettle is broken. "><img src=x onerror=alert(1)> [red]\x1b[2J\n',
    ),
    expected=KETTLE.expected,
)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play, "STORY_WITHIN", PATIENCE)


class Run(NamedTuple):
    code: int
    said: str
    out: Path


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The whole demo, played once."""
    out = tmp_path_factory.mktemp("demo") / "gallery"
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(play, "STORY_WITHIN", PATIENCE)
        patch.setattr(sys, "stdout", said)
        code = play.main(once=True, out=out)
    return Run(code, said.getvalue(), out)


# The story


def test_every_expectation_of_the_story_holds(whole_run: Run) -> None:
    assert whole_run.code == 0, whole_run.said
    assert re.search(r"All \d{3} expectations of the story held", whole_run.said)


def test_it_shows_each_mail_its_rule_and_its_letter(whole_run: Run) -> None:
    for scene in STORY:
        assert scene.title in whole_run.said
        assert scene.expected.rule in whole_run.said
    letters = Counter(scene.expected.letter.name for scene in STORY if scene.expected.letter)
    letters.update(told.by for scene in STORY for told in scene.expected.told)
    assert letters["acknowledgement"] == 6
    for name, count in letters.items():
        assert whole_run.said.count(f"sent {name} to") == count


def test_it_tells_the_whole_life_of_a_case(whole_run: Run) -> None:
    """From the complaint to the resolution, with the agent's answer and the customer's disagreement."""
    life = ["acknowledgement", "follow_up", "reply", "escalation", "resolution", "survey"]
    found = [whole_run.said.index(f"sent {letter} to") for letter in life]
    assert found == sorted(found)


def test_it_shows_a_ledger_that_adds_up(whole_run: Run) -> None:
    line = re.search(r"(\d+) received = (.+)", whole_run.said)
    assert line
    assert int(line[1]) == len(MAILS) == sum(int(number) for number in re.findall(r"\d+", line[2]))
    assert "0 unaccounted for" in whole_run.said


def test_a_broken_expectation_is_named_and_the_exit_code_is_1(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also: without a terminal it ends by itself, although nobody said `once`."""
    wrong = dataclasses.replace(KETTLE.expected, kind=Kind.SPAM)
    monkeypatch.setattr(story, "STORY", (dataclasses.replace(KETTLE, expected=wrong),))
    assert play.main(once=False, out=tmp_path / "gallery") == 1
    said = capsys.readouterr().out
    assert "1 of " in said and "did not hold" in said
    assert re.search(r"kettle, kind\s+expected spam\s+found    customer", said)


def test_a_mail_that_needs_a_letter_that_never_came_is_a_failed_expectation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reply = next(scene for scene in STORY if scene.id == "kettle-more")
    monkeypatch.setattr(story, "STORY", (reply,))
    monkeypatch.setattr(play, "STORY_WITHIN", 0.0)
    assert play.main(once=True, out=tmp_path / "gallery") == 1
    assert "nothing came of kettle" in capsys.readouterr().out


# What is compared


class Played(NamedTuple):
    sha256: str
    before: View
    after: View
    cases: dict[str, int]

    def failed(self, expected: Expected) -> list[str]:
        scene = dataclasses.replace(KETTLE, expected=expected)
        return [check.what for check in self.checks(scene) if not check.held]

    def checks(self, scene: Scene) -> list[Check]:
        return list(scene_checks(scene, self.sha256, self.before, self.after, self.cases))


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    """The first scene, as it really came out."""
    with pytest.MonkeyPatch.context() as patch, stage() as on_stage:
        patch.setattr(play, "STORY_WITHIN", PATIENCE)
        before = look(on_stage.desk, on_stage.servers)
        player = Play(on_stage, Show(io.StringIO()))
        player.story([KETTLE])
        after = look(on_stage.desk, on_stage.servers)
        sha256 = hashlib.sha256(player.written["kettle"]).hexdigest()
        yield Played(sha256, before, after, dict(player.cases))


def test_a_scene_that_came_out_fails_nothing(played: Played) -> None:
    assert played.failed(KETTLE.expected) == []
    assert len(played.checks(KETTLE)) > 15


def test_a_letter_about_several_cases_has_its_place_in_the_gallery(whole_run: Run) -> None:
    index = unescape((whole_run.out / "index.html").read_text(encoding="utf-8"))
    assert index.count("<h2>Letters about more than one case, or none</h2>") == 1
    below = index.partition("<h2>Letters about more than one case, or none</h2>")[2]
    assert below.count('<span class="badge">digest</span>') == 6


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"kind": Kind.BOUNCE}, "kind"),
        ({"rule": "another"}, "rule"),
        ({"disposition": Disposition.JOINED}, "disposition"),
        ({"case": None}, "case"),
        ({"history": ("complaint received",)}, "history"),
        ({"reached": False}, "customer can be reached"),
        ({"letter": None}, "letters sent"),
        ({"told": ()}, "letters sent"),
        ({"told": (Told(by="new_case", to=people.BEN),)}, "letters arrived"),
        ({"told": (Told(by="new_case", to=people.ANA, says="nothing"),)}, "new_case: says 'nothing'"),
        ({"told": (Told(by="new_case", to=people.ANA, encloses_mails=True),)}, "new_case: mails enclosed"),
        ({"told": (Told(by="new_case", to=people.ANA, lists=("kettle",)),)}, "new_case: its cases by number"),
        ({"told": (Told(by="new_case", to=people.ANA, hides=("Mill Street",)),)}, HIDDEN),
        ({"others": {"parcel": ("complaint received",)}}, "changes in other cases"),
        ({"letter": Letter(language="hu")}, "letter: language"),
        ({"letter": Letter(language="en", quotes_subject=True)}, "letter: repeats the customer's subject"),
    ],
)
def test_each_expectation_can_fail(played: Played, changed: dict[str, Any], named: str) -> None:
    assert named in played.failed(dataclasses.replace(KETTLE.expected, **changed))


def test_a_letter_that_did_not_arrive_is_noticed(played: Played) -> None:
    """The outbox says that it was sent; what counts is the customer's mailbox."""
    nothing_new = dataclasses.replace(played.after, inboxes=played.before.inboxes)
    failed = played._replace(after=nothing_new).failed(KETTLE.expected)
    assert failed == ["letters arrived", "new_case: says 'nine days ago I bought'"]


def test_a_change_in_somebody_elses_case_is_noticed(played: Played) -> None:
    case_id = played.cases["kettle"]
    other = dict(played.after.cases), dict(played.after.histories)
    other[0][99], other[1][99] = other[0][case_id], other[1][case_id]
    meddled = dataclasses.replace(played.after, cases=other[0], histories=other[1])
    assert played._replace(after=meddled).failed(KETTLE.expected) == ["changes in other cases"]


def test_a_mail_that_the_desk_never_got_is_noticed(played: Played) -> None:
    assert played._replace(sha256="0" * 64).failed(KETTLE.expected) == ["became of it"]


def test_a_packet_without_the_customers_own_mail_is_noticed(whole_run: Run) -> None:
    """The mails in the desk's letters of the real run, byte for byte."""
    originals = [path.read_bytes() for path in sorted(whole_run.out.glob("mail-*.eml"))]
    packets = [path.read_bytes() for path in sorted(whole_run.out.glob("letter-*.eml"))]
    enclosed = [raw for raw in packets if b"Content-Type: message/rfc822" in raw]
    wanted = [told for scene in STORY for told in scene.expected.told if told.encloses_mails]
    assert len(enclosed) >= len(wanted) == 5
    for raw in enclosed:
        assert any(original in raw for original in originals)


# The clock


@pytest.mark.parametrize(
    ("now", "monday"),
    [
        ("2026-11-22T16:00:00+00:00", "2026-11-16T06:00:00+00:00"),  # a Sunday
        ("2026-11-23T05:59:00+00:00", "2026-11-16T06:00:00+00:00"),
        ("2026-11-23T06:00:00+00:00", "2026-11-23T06:00:00+00:00"),
        ("2026-03-30T12:00:00+00:00", "2026-03-30T05:00:00+00:00"),  # the day after clocks went forward
    ],
)
def test_the_story_begins_on_a_monday_at_seven(now: str, monday: str) -> None:
    assert last_monday(datetime.fromisoformat(now), BUDAPEST) == datetime.fromisoformat(monday)


def test_a_day_of_the_story_is_a_day_on_the_wall_also_when_clocks_change() -> None:
    clock = StoryClock(BUDAPEST)
    for _ in range(53):
        assert clock.skip(timedelta(days=7), time(8, 1)).hour == 8
        assert clock().astimezone(BUDAPEST).strftime("%a %H:%M") == "Mon 08:01"


# The gallery


def test_the_gallery_has_each_mail_and_letter_as_file_and_page(whole_run: Run) -> None:
    index = (whole_run.out / "index.html").read_text(encoding="utf-8")
    files = {path.name for path in whole_run.out.iterdir()}
    for kind, count in {"mail": len(MAILS), "letter": 6}.items():
        for number in range(1, count + 1):
            name = f"{kind}-{number:03}"
            assert {f"{name}.eml", f"{name}.html"} <= files
            assert f'href="{name}.html"' in index
    for number in range(1, 7):
        letter = message_from_bytes((whole_run.out / f"letter-{number:03}.eml").read_bytes(), policy=default)
        page = unescape((whole_run.out / f"letter-{number:03}.html").read_text(encoding="utf-8"))
        assert letter["Subject"] in unescape(index)
        plain_part, html_part = letter.get_body(("plain",)), letter.get_body(("html",))
        assert plain_part and html_part
        assert plain_part.get_content().replace("\r\n", "\n") in page
        assert page.count(html_part.get_content().replace("\r\n", "\n")) == 2  # desktop and phone
        assert str(letter["Message-ID"]) in page


def test_the_gallery_shows_the_customers_photo(whole_run: Run) -> None:
    number = [scene.id for scene in STORY].index("plates") + 1
    page = (whole_run.out / f"mail-{number:03}.html").read_text(encoding="utf-8")
    assert 'src="data:image/png;base64,' in page
    assert broken_plate().startswith(b"\x89PNG\r\n\x1a\n")


def test_no_page_of_the_gallery_fetches_anything(whole_run: Run) -> None:
    for path in whole_run.out.glob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert "default-src 'none'" in page
        assert not re.search(r"<(?:script|link|object|embed|form)\b", page)
        sources = re.findall(r"""(?:src|background)=["']([^"']*)|url\(([^)]*)\)|@import""", unescape(page))
        assert [source for source, _ in sources if not source.startswith("data:")] == []


def test_what_a_customer_writes_is_only_words_in_page_and_terminal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(story, "STORY", (EVIL,))
    assert play.main(once=True, out=tmp_path / "gallery") == 1  # it is not the kettle's story
    said = capsys.readouterr().out
    assert "[bold red]look[/]" in said
    assert "\x1b" not in said
    for path in (tmp_path / "gallery").glob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert "<script" not in page
        assert "<img src=x" not in page
    index = (tmp_path / "gallery" / "index.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in index


def test_text_for_a_terminal_has_no_character_that_steers_it() -> None:
    assert plain("a\x1b[2J\x07b\u202ec\u2066d\ne\u2028f\x9bg") == "a[2Jbcd e fg"


# The folder


def test_a_folder_of_somebody_else_is_refused_and_stays_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(MailprocError, match="not the demo's"):
        play.main(once=True, out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
    assert (tmp_path / "index.html").read_text() == "mine"


def test_a_folder_of_an_earlier_demo_is_emptied_of_what_the_demo_wrote_and_of_nothing_else(
    tmp_path: Path,
) -> None:
    Folder.claim(tmp_path).write("letter-001.eml", b"old")
    (tmp_path / "notes.txt").write_text("mine")
    again = Folder.claim(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [MARKER, "notes.txt"]
    with pytest.raises(MailprocError, match=r"notes\.txt is not the demo's"):
        again.write("notes.txt", b"ours")
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_marker_that_was_edited_leads_nowhere_else(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    folder = tmp_path / "demo"
    Folder.claim(folder)
    (folder / MARKER).write_text(f"heading\n../outside.txt\n{outside}\n..\n")
    Folder.claim(folder)
    assert outside.read_text() == "mine"


def test_a_link_in_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    folder = Folder.claim(tmp_path / "demo")
    (tmp_path / "demo" / "index.html").symlink_to(mine)
    with pytest.raises(MailprocError):
        folder.write("index.html", "ours")
    assert mine.read_text() == "mine"


def test_without_a_wish_it_is_a_folder_here_or_a_temporary_one_when_that_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.chdir(tmp_path)
    assert Folder.claim(None).path == tmp_path / "mailproc-demo"
    (tmp_path / "mailproc-demo" / MARKER).unlink()
    (tmp_path / "mailproc-demo" / "mine.txt").write_text("mine")
    elsewhere = Folder.claim(None).path
    assert elsewhere.parent == temporary
    assert (elsewhere / MARKER).is_file()


# Staying open


class Terminal:
    """The demo in a process of its own, at a terminal."""

    def __init__(self, out: Path) -> None:
        self.said = ""
        self._ours, theirs = pty.openpty()
        program = f"""
import pathlib, sys
from mailproc.demo import play, story
story.STORY = story.STORY[:1]
play.STORY_WITHIN = {PATIENCE}
sys.exit(play.main(once=False, out=pathlib.Path({str(out)!r})))
"""
        environment = {**os.environ, "COLUMNS": "120", "TERM": "xterm"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            start_new_session=True,
        )
        os.close(theirs)

    def expect(self, words: str) -> str:
        """Read on until the words appear; return everything since the last time."""
        deadline = seconds.monotonic() + PATIENCE
        while words not in self.said:
            ready, _, _ = select.select([self._ours], [], [], max(0.0, deadline - seconds.monotonic()))
            assert ready, f"{words!r} never came; it said: {self.said}"
            try:
                read = os.read(self._ours, 65536).decode("utf-8", "replace")
            except OSError:  # the other side is closed
                read = ""
            assert read, f"it ended before {words!r}; it said: {self.said}"
            self.said += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", read)
        before, _, self.said = self.said.partition(words)
        return before + words

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(tmp_path / "gallery")
    yield opened
    opened.close()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_stays_open_answers_whoever_writes_and_ends_cleanly(
    terminal: Terminal, tmp_path: Path, stop: signal.Signals
) -> None:
    invitation = terminal.expect("Ctrl-C ends the demo")
    for person in people.MAILBOXES:
        assert person.address in invitation
    port = re.search(r"SMTP, 127\.0\.0\.1, port (\d+)", invitation)
    assert port and people.PASSWORD in invitation

    _send_as_eszter(int(port[1]))
    shown = terminal.expect("sent acknowledgement to eszter@posta.example: accepted")
    assert "Galambos Eszter <eszter@posta.example>: The lid does not fit" in shown
    assert "decided opened, case C-" in shown

    os.kill(terminal.process.pid, stop)
    terminal.expect("The desk is closed")
    assert terminal.process.wait(PATIENCE) == 0
    assert "stopped" in (tmp_path / "gallery" / "daemon.log").read_text()


def _send_as_eszter(port: int) -> None:
    raw = (
        b"From: Galambos Eszter <eszter@posta.example>\r\nTo: complaints@acme.example\r\n"
        b"Subject: The lid does not fit\r\nMessage-ID: <lid@posta.example>\r\n\r\n"
        b"The lid of the pan that came yesterday is one size too small.\r\n"
    )
    posting = Posting(envelope_from=people.ESZTER.address, envelope_to=people.DESK.address, raw=raw)
    submit(posting, port, people.ESZTER.address)


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(MailprocError, match="mail servers cannot listen"):
            play.main(once=True, out=tmp_path / "gallery", imap_port=taken.getsockname()[1])
