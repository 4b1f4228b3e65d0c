"""A mail that hangs, burns, hoards or crashes the parser costs itself and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from mailproc.errors import MailprocError, ParseError, ParserDied, TooComplex
from mailproc.inbound.cage import Cage
from mailproc.inbound.parse import parse
from mailproc.mail import Extract, Message
from mailproc.settings import ParserSettings
from tests.mails.written import BOUNCE, SEEDS, attachment, mail, multipart_mail, text_part

CHILD = Path(__file__).with_name("hostile_child.py")

# Small enough to wait for, large enough for a busy machine.
SHORT = ParserSettings(wall=timedelta(seconds=16), cpu=timedelta(seconds=2), memory_mb=700)


class HostileCage(Cage):
    """Starts the obedient child instead of the real one; production has no way to ask for that."""

    def _command(self) -> list[str]:
        return [sys.executable, "-P", "-W", "ignore", str(CHILD)]


@pytest.fixture(scope="module")
def cage() -> Iterator[HostileCage]:
    with HostileCage(SHORT) as opened:
        yield opened


def pid(cage: Cage) -> int:
    return int(cage.parse(mail("PID")).raw_sha256)


def children() -> set[int]:
    return {process.pid for process in psutil.Process().children(recursive=True)}


class TestOrdinaryMail:
    def test_is_read_as_outside_the_cage(self, cage: Cage) -> None:
        for raw in SEEDS:
            assert cage.parse(raw) == parse(raw)

    def test_a_refusal_keeps_its_sentence(self, cage: Cage) -> None:
        with pytest.raises(TooComplex, match="5000 fields"):
            cage.parse(b"X: y\r\n" * 5000)

    def test_a_refusal_costs_no_child(self, cage: Cage) -> None:
        before = pid(cage)
        with pytest.raises(TooComplex):
            cage.parse(b"X: y\r\n" * 5000)
        assert pid(cage) == before

    def test_a_large_mail_goes_both_ways(self, cage: Cage) -> None:
        raw = multipart_mail("mixed", text_part("words\n" * 100_000), attachment("a.bin", bytes(3_000_000)))
        assert cage.parse(raw) == parse(raw)

    def test_what_a_library_prints_does_not_mix_with_the_answers(self, cage: Cage) -> None:
        assert cage.parse(mail("PRINT")).text == "PRINT"


class TestFiles:
    RAW = multipart_mail("mixed", text_part("words\n"), attachment("a.pdf", bytes(3_000_000)))

    def test_come_out_byte_for_byte(self, cage: Cage) -> None:
        (listed,) = cage.parse(self.RAW).attachments
        assert cage.extract(self.RAW, [(listed, True)]) == [Extract(shown=False, data=bytes(3_000_000))]
        assert cage.parse(mail()).text == "It exploded."

    @pytest.mark.parametrize("lie", ["OTHER BYTES", "TOO FEW", "NO TEXT"])
    def test_that_are_not_those_asked_for_are_refused(self, cage: Cage, lie: str) -> None:
        (listed,) = cage.parse(self.RAW).attachments
        liar = replace(listed, name=lie)
        with pytest.raises(ParserDied, match="not the files asked for"):
            cage.extract(self.RAW, [(liar, True)])
        assert cage.extract(self.RAW, [(listed, False)]) == [Extract(shown=False)]

    def test_bytes_that_nobody_asked_for_are_refused(self, cage: Cage) -> None:
        (listed,) = cage.parse(self.RAW).attachments
        with pytest.raises(ParserDied, match="not the files asked for"):
            cage.extract(self.RAW, [(replace(listed, name="UNASKED"), False)])

    def test_of_a_mail_that_kills_the_parser_cost_the_child_alone(self, cage: Cage) -> None:
        (listed,) = cage.parse(self.RAW).attachments
        with pytest.raises(ParserDied, match="exit code 3"):
            cage.extract(self.RAW, [(replace(listed, name="EXIT"), True)])
        assert cage.parse(mail()).text == "It exploded."


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("BURN", "more than 2 s of processor time"),
        ("HOG", "more memory than the parser may have"),
        ("ABORT", "SIGABRT"),
        ("EXIT", "exit code 3"),
        ("LIE", "no message"),
    ],
)
class TestPoison:
    def test_fails_with_a_sentence_and_the_next_mail_is_fine(
        self, cage: Cage, body: str, sentence: str
    ) -> None:
        with pytest.raises(ParserDied, match=sentence):
            cage.parse(mail(body))
        assert cage.parse(mail()).text == "It exploded."

    def test_between_good_mails_costs_itself_alone(self, cage: Cage, body: str, sentence: str) -> None:
        raws = [mail("one"), mail(body), mail("two"), mail("three")]
        found = [
            result.text if isinstance(result, Message) else type(result)
            for _, result in cage.parse_each(enumerate(raws))
        ]
        assert found == ["one", ParserDied, "two", "three"]


class TestHang:
    def test_is_killed_from_outside_and_the_next_mail_is_fine(self) -> None:
        settings = ParserSettings(wall=timedelta(seconds=1))
        with HostileCage(settings) as cage:
            hung = pid(cage)
            with pytest.raises(ParserDied, match="longer than 1 s"):
                cage.parse(mail("HANG"))
            assert not psutil.pid_exists(hung)
            assert cage.parse(mail()).text == "It exploded."


class TestFaultsOfOurs:
    def test_an_exception_costs_the_mail_and_keeps_the_child(self, cage: Cage) -> None:
        before = pid(cage)
        with pytest.raises(ParseError, match="KeyError"):
            cage.parse(mail("RAISE"))
        assert pid(cage) == before

    def test_a_child_that_does_not_start_is_no_fault_of_the_mail(self) -> None:
        class Broken(Cage):
            def _command(self) -> list[str]:
                return [sys.executable, "-c", "raise SystemExit(1)"]

        with Broken(SHORT) as cage, pytest.raises(MailprocError, match="does not start") as caught:
            cage.parse(mail())
        assert not isinstance(caught.value, ParseError)

    def test_a_child_killed_while_idle_does_not_cost_the_next_mail(self, cage: Cage) -> None:
        victim = psutil.Process(pid(cage))
        victim.kill()
        victim.wait()
        assert cage.parse(mail()).text == "It exploded."

    def test_processor_time_is_counted_for_each_mail_alone(self, cage: Cage) -> None:
        """Many mails together may use more than the limit of one."""
        before = pid(cage)
        used = psutil.Process(before).cpu_times().user
        big = mail("kettle " * 100_000, "Content-Type: text/html")
        while psutil.Process(before).cpu_times().user - used < 1.5:
            cage.parse(big)
        assert pid(cage) == before


class TestParseEach:
    def test_keeps_the_order_and_the_keys(self) -> None:
        with HostileCage(ParserSettings(processes=2)) as cage:
            raws = [(f"key {n}", mail(f"mail {n}")) for n in range(20)]
            results = list(cage.parse_each(iter(raws)))
        assert [key for key, _ in results] == [key for key, _ in raws]
        assert [r.text for _, r in results if isinstance(r, Message)] == [f"mail {n}" for n in range(20)]

    @pytest.mark.parametrize(("size", "expected"), [(100, 6), (3_000_000, 3), (9_000_000, 2)])
    def test_draws_a_few_mails_ahead_and_fewer_large_ones(self, cage: Cage, size: int, expected: int) -> None:
        drawn: list[int] = []

        def source() -> Iterator[tuple[int, bytes]]:
            for number in range(10):
                drawn.append(number)
                yield number, mail() + b"x" * size

        results = cage.parse_each(source())
        assert drawn == []
        next(results)
        assert len(drawn) == expected
        results.close()
        assert len(drawn) == expected

    def test_the_caller_may_parse_in_between(self, cage: Cage) -> None:
        for _, outer in cage.parse_each((n, mail()) for n in range(3)):
            assert isinstance(outer, Message)
            assert cage.parse(BOUNCE).report is not None

    def test_can_be_started_before_the_first_mail(self) -> None:
        with HostileCage(SHORT) as cage:
            cage.start()
            assert not cage.is_started
            cage._workers.submit(int).result()  # the worker has done what it was given before
            (started,) = cage._children
            assert pid(cage) == started._process.pid
            assert cage.is_started

    def test_no_mails_start_no_child(self) -> None:
        before = children()
        with HostileCage(SHORT) as cage:
            assert list(cage.parse_each([])) == []
            assert children() == before


class TestThreads:
    def test_many_threads_get_their_own_answers(self, cage: Cage) -> None:
        wrong: list[str] = []

        def work(name: str) -> None:
            for n in range(10):
                text = cage.parse(mail(f"{name} {n}")).text
                if text != f"{name} {n}":
                    wrong.append(text)

        threads = [threading.Thread(target=work, args=(f"thread {n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []


class TestLifeAndDeath:
    def test_close_ends_every_child(self) -> None:
        cage = HostileCage(ParserSettings(processes=2))
        started = {
            int(r.raw_sha256)
            for _, r in cage.parse_each((n, mail("PID")) for n in range(6))
            if isinstance(r, Message)
        }
        assert started <= children()
        cage.close()
        cage.close()
        assert not started & children()

    def test_close_frees_who_waits_for_a_hanging_mail_and_blames_no_mail(self) -> None:
        cage = HostileCage(ParserSettings(wall=timedelta(minutes=10)))
        cage.parse(mail())
        failed: list[Exception] = []

        def wait() -> None:
            try:
                cage.parse(mail("HANG"))
            except MailprocError as error:
                failed.append(error)

        waiting = [threading.Thread(target=wait) for _ in range(3)]
        for thread in waiting:
            thread.start()
        cage.close()
        for thread in waiting:
            thread.join(timeout=60)
        assert [str(error)[:21] for error in failed] == ["the parser was closed"] * 3
        assert not any(isinstance(error, ParseError) for error in failed)

    def test_a_closed_cage_reads_nothing_more(self) -> None:
        cage = HostileCage(SHORT)
        cage.close()
        with pytest.raises(MailprocError, match="was closed"):
            cage.parse(mail())

    def test_a_child_does_not_listen_to_the_terminal(self, cage: Cage) -> None:
        child = pid(cage)
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(child, number)
        assert pid(cage) == child

    def test_children_die_with_their_parent(self) -> None:
        """The parent is killed outright: nobody is left to tidy up."""
        script = textwrap.dedent("""
            import os, signal
            from mailproc.inbound.cage import Cage
            from mailproc.settings import ParserSettings
            cage = Cage(ParserSettings())
            cage.parse(b"Subject: x\\r\\n\\r\\nx")
            print(*[child._process.pid for child in cage._children], flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        """)
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
        )
        (child,) = done.stdout.split()
        assert done.returncode == -signal.SIGKILL
        with suppress(psutil.NoSuchProcess):
            psutil.Process(int(child)).wait(timeout=30)
        assert (
            not psutil.pid_exists(int(child)) or psutil.Process(int(child)).status() == psutil.STATUS_ZOMBIE
        )

    def test_a_child_knows_no_secret_of_the_parent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MAILPROC_DESK__SECRET", "hush")
        with HostileCage(SHORT) as cage:
            assert "MAILPROC_DESK__SECRET" not in cage.parse(mail("SECRETS")).text.split()

    def test_a_fresh_child_loads_the_parser_and_not_the_rest_of_us(self) -> None:
        with HostileCage(SHORT, ("en",)) as cage:
            loaded = set(cage.parse(mail("MODULES")).text.split())
        assert "mailproc.inbound.parse" in loaded
        assert not loaded & {"sqlalchemy", "pydantic", "typer", "mailproc.settings", "lxml", "numpy"}
