"""What does `make crash` do? Runs the harness, prints what was put in and what became of it, and judges.

Exit code 0: the desk has passed and, with --control, the wrong desk was found guilty.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mailproc.faults import MAIL_POINTS
from tests.conftest import POSTGRES_VARIABLE, postgres_database
from tests.crash import due
from tests.crash.harness import OUTSIDE, REAL, WRONG, Plan, Report, Run
from tests.crash.nursery import Nursery
from tests.crash.sink import Sink
from tests.servers import Dovecot

_ENOUGH_FOR_EVERY_POINT = 100
_ROUNDS = 10  # at least, of those in which due times pass


def main() -> int:
    options = _options()
    if not Dovecot.available() and options.only != "due":
        print("no Dovecot on this machine (Debian: apt-get install dovecot-imapd); nothing was tested")
        return 1
    engines = [options.database] if options.database else ["sqlite"]
    if not options.database and os.environ.get(POSTGRES_VARIABLE):
        engines.append("postgres")
    passed = True
    with Nursery() as nursery:
        for engine in engines:
            if options.only != "due":
                passed &= _judge(_run(nursery, options, engine, REAL))
            if options.only != "mail":
                told = _tell(nursery, options, engine, REAL)
                passed &= not told.wrong and all((told.singly, told.together, told.asked_together))
        if options.control:
            found = True
            if options.only != "due":
                guilty = _run(nursery, options, "sqlite", WRONG).findings
                found &= bool(guilty.lost) and bool(guilty.unflagged)
            if options.only != "mail":
                found &= bool(_tell(nursery, options, "sqlite", WRONG).wrong)
            print(f"\nThe wrong desk was {'found guilty' if found else 'NOT FOUND GUILTY'}.")
            passed &= found
    print("passed" if passed else "FAILED")
    return 0 if passed else 1


def _judge(report: Report) -> bool:
    """Whether the desk has passed, and has been tried as hard as the number of kills promises."""
    missed = set(MAIL_POINTS) - report.kills.keys()
    if missed and report.kills.total() >= _ENOUGH_FOR_EVERY_POINT:
        print(f"no kill at {', '.join(sorted(missed))}: the run has proved too little")
        return False
    return report.findings.passed and not report.orphans


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--mails", type=int, default=120)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument(
        "--database",
        choices=["sqlite", "postgres"],
        help=f"default: sqlite, and postgres when {POSTGRES_VARIABLE} names a server",
    )
    parser.add_argument("--only", choices=["mail", "due"], help="one of the two parts of the run")
    parser.add_argument("--seed", type=int, help="default: a random one; it is printed")
    parser.add_argument(
        "--control", action=argparse.BooleanOptionalAction, default=True, help="also run the wrong desk"
    )
    options = parser.parse_args()
    if options.seed is None:
        options.seed = random.randrange(10_000)
    return options


def _run(nursery: Nursery, options: argparse.Namespace, engine: str, module: str) -> Report:
    name = "the real desk" if module == REAL else "the WRONG desk"
    print(f"\n== {name} on {engine}, seed {options.seed}", flush=True)
    several = engine == "postgres"
    with _folder() as folder, _database(engine, folder) as url:
        plan = Plan(
            mails=options.mails,
            kills=options.kills,
            seed=options.seed,
            database_url=url,
            module=module,
            daemons=3 if several else 1,
        )
        with Dovecot(folder / "dovecot") as dovecot, Sink(options.seed) as sink:
            run = Run(plan=plan, folder=folder, nursery=nursery, dovecot=dovecot, sink=sink)
            report = run.go()
    _print(report)
    return report


def _tell(nursery: Nursery, options: argparse.Namespace, engine: str, module: str) -> due.Report:
    """Kill while due times pass, in a desk of its own to which no mail comes; a third as often."""
    name = "the real desk" if module == REAL else "the WRONG desk"
    print(f"\n== due times: {name} on {engine}, seed {options.seed}", flush=True)
    rounds = max(_ROUNDS, options.kills // 3) if module == REAL else _ROUNDS
    with _folder() as folder, _database(engine, folder) as url, Sink(options.seed) as sink:
        sink.calm()
        report = due.Run(
            rounds=rounds,
            seed=options.seed,
            database_url=url,
            folder=folder,
            nursery=nursery,
            sink=sink,
            module=module,
            daemons=2 if engine == "postgres" else 1,
        ).go()
    kills = ", ".join(f"{count} {point}" for point, count in sorted(report.kills.items()))
    print(f"{'cases':26} {report.cases}\n{'kills':26} {report.kills.total()} ({kills})")
    print(f"{'letters about one case':26} {report.singly}\n{'letters about many':26} {report.together}")
    print(f"{'escalations of many':26} {report.asked_together}")
    print(f"{'told wrongly':26} {len(report.wrong)}\n{'wall':26} {report.seconds:.0f} s")
    for line in report.wrong[:10]:
        print(f"  {line}")
    sys.stdout.flush()
    return report


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="mailproc-crash-"))
    folder.chmod(0o755)  # Dovecot's user has to pass
    (folder / "dovecot").mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _database(engine: str, folder: Path) -> Iterator[str]:
    if engine == "sqlite":
        yield f"sqlite:///{folder}/mailproc.db"
    else:
        if not os.environ.get(POSTGRES_VARIABLE):
            sys.exit(f"{POSTGRES_VARIABLE} names no PostgreSQL server")
        yield from postgres_database()


def _print(report: Report) -> None:
    found = report.findings
    kills = ", ".join(f"{count} {point}" for point, count in sorted(report.kills.items()) if point != OUTSIDE)
    lines = [
        ("mails in", found.mails),
        ("distinct complaints", found.distinct),
        ("kills", f"{report.kills.total()} ({kills}; {report.kills[OUTSIDE]} {OUTSIDE})"),
        ("UIDVALIDITY resets", len(report.resets)),
        ("cases", found.cases),
        ("duplicates recorded", found.duplicates_recorded),
        ("lost", len(found.lost)),
        ("duplicate cases", len(found.duplicate_cases)),
        ("follow-ups joined twice", len(found.joined_twice)),
        ("acknowledgements missing", len(found.missing)),
        ("extra copies", found.extra_copies),
        ("unflagged extra copies", len(found.unflagged)),
        ("UNKNOWN raised", found.uncertain),
        ("replies cut, deferrals", f"{report.cut}, {report.deferred}"),
        ("letters held for a person", report.held),
        ("mail to strangers", len(found.strangers)),
        ("not noted as filed", found.unfiled),
        ("orphaned parsers", report.orphans),
        ("integrity_check", found.integrity),
        ("a life usually lasted", f"{report.usual_life:.1f} s"),
        ("wall", f"{report.seconds:.0f} s, of which {report.until_last_kill:.0f} s until the last kill"),
    ]
    for label, value in lines:
        print(f"{label:26} {value}")
    for line in found.wrong[:10]:
        print(f"  {line}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
