"""Would the desk work if it were started now? Every part is tried, whatever the parts before it said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import typer

from mailproc.cli import show
from mailproc.cli.failures import ExitCode
from mailproc.cli.opening import Json, load_config, sqlite_file
from mailproc.errors import ConfigError, MailprocError

if TYPE_CHECKING:
    from mailproc.cases.policy import Policy
    from mailproc.settings import Config, MailboxSettings


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was looked at, whether it is good, and what was found or is to be done."""

    what: str
    ok: bool
    says: str
    warning: bool = False


def check(ctx: typer.Context, as_json: Json = False) -> None:
    """Try every part of the desk, change nothing.

    The configuration, the letters, the database, every mailbox and the mail server.

    Exit code 1 when something would not work. A warning is no failure.
    """
    findings = list(_findings(ctx))
    good = all(finding.ok for finding in findings)
    if as_json:
        show.document({"ok": good, "checks": [asdict(finding) for finding in findings]})
    else:
        marks = {(True, False): "✓", (True, True): "!", (False, False): "✗"}
        show.table(["", "what", "found"], [(marks[f.ok, f.warning], f.what, f.says) for f in findings])
    if not good:
        raise typer.Exit(ExitCode.WRONG)


def _findings(ctx: typer.Context) -> Iterator[Finding]:
    try:
        config = load_config(ctx)
    except ConfigError as error:
        yield from (Finding(what="configuration", ok=False, says=str(fault)) for fault in error.faults)
        return
    file = config.workplace.config_file
    yield Finding(what="configuration", ok=True, says=f"{file} is complete")
    for warning in config.warnings:
        yield Finding(what="configuration", ok=True, warning=True, says=warning)
    yield from _people(config)
    yield from _policy(config)
    yield from _letters(config)
    yield from _tried("database", lambda: _database(config))
    yield from _absences(config)
    yield from _tried("parser", lambda: _parser(config))
    for mailbox in config.mailboxes:
        yield from _mailbox(mailbox)
    yield from _tried("smtp", lambda: _smtp(config))


def _tried(what: str, look: Callable[[], str]) -> Iterator[Finding]:
    try:
        yield Finding(what=what, ok=True, says=look())
    except (MailprocError, OSError) as error:
        yield Finding(what=what, ok=False, says=str(error))


def _people(config: Config) -> Iterator[Finding]:
    """Say who could work a case by mail, and what keeps them from it."""
    from mailproc.config import load_people

    people = load_people(config)
    if not people.agents:
        says = "nobody is in people.yaml: mail is taken in and acknowledged, nobody works a case by mail"
        yield Finding(what="people", ok=True, warning=True, says=says)
        return
    parts = {"agent": people.agents, "team": people.teams, "supervisor": people.supervisors}
    counts = [f"{len(part)} {name}{'' if len(part) == 1 else 's'}" for name, part in parts.items()]
    yield Finding(what="people", ok=True, says=", ".join(counts))
    if config.desk.trusted_authserv_id is None and not config.desk.agent_confirm:
        says = "no reply of an agent can count: set desk.trusted_authserv_id, or else desk.agent_confirm"
        yield Finding(what="people", ok=True, warning=True, says=says)
    if people.agents and not config.desk.plus_addressing:
        says = "no reply of an agent can count: desk.plus_addressing is off, so it carries no proof"
        yield Finding(what="people", ok=True, warning=True, says=says)
    rules = config.complaints
    asks = rules.offer_limit is not None or rules.approve_refusals
    if asks and not people.supervisors and not any(team.lead for team in people.teams.values()):
        says = "nobody can approve a decision that needs it: name a lead of a team, or a supervisor"
        yield Finding(what="people", ok=True, warning=True, says=says)
    for name in people.teams:
        if all(agent.away for agent in people.members(name)):
            says = f"everybody in {name} is away: its new cases are nobody's"
            yield Finding(what="people", ok=True, warning=True, says=says)


def _absences(config: Config) -> Iterator[Finding]:
    """Say who is away, by people.yaml or by the word of her own mailbox."""
    from datetime import UTC, datetime

    from mailproc.config import load_people
    from mailproc.store import absences, schema
    from mailproc.store.database import Database

    file = sqlite_file(config)
    said: dict[str, datetime] = {}
    if file is None or file.exists():
        database = Database(config.database.url)
        try:
            if schema.current(database) == schema.newest():
                with database.reading() as session:
                    said = absences.absent(session, datetime.now(UTC))
        except Exception:  # what is wrong with the database was said above
            said = {}
        finally:
            database.close()
    zone = config.desk.zone
    away = [
        f"{agent.name} (people.yaml)"
        if agent.away
        else f"{agent.name} until {said[agent.name].astimezone(zone):%Y-%m-%d %H:%M}"
        for agent in load_people(config).agents
        if agent.away or agent.name in said
    ]
    if away:
        yield Finding(what="people", ok=True, says=f"away: {', '.join(away)}")


def _policy(config: Config) -> Iterator[Finding]:
    """Say which duties a complaint starts with, and what would keep the desk from doing them."""
    from mailproc.cases.escalation_rules import Target
    from mailproc.cli.policy_proof import policy_faults
    from mailproc.config import load_people, load_policy

    policy = load_policy(config)
    faults = policy_faults(policy, config.workplace, config.desk.zone)
    yield from (Finding(what="policy", ok=False, says=fault) for fault in faults)
    if not faults:
        rules = policy.every_stage()[0].rules
        clocks = ", ".join(f"{name} within {rule.within}" for name, rule in rules.items())
        yield Finding(what="policy", ok=True, says=f"{policy.stamp.id} {policy.version}: {clocks}")
    asks_above = any(tier.target is Target.SUPERVISORS for tier in policy.levels.values())
    people = load_people(config)
    if asks_above and people.agents and not people.supervisors:
        says = f"{policy.id} sends cases to supervisors, and people.yaml names none"
        yield Finding(what="policy", ok=True, warning=True, says=says)
    for name, tier in policy.levels.items():
        if tier.team is not None and people.agents and people.team(tier.team) is None:
            says = f"tier {name} of {policy.id} goes to the team {tier.team}, which people.yaml does not name"
            yield Finding(what="policy", ok=True, warning=True, says=says)
    yield from _question(config, policy)


def _question(config: Config, policy: Policy) -> Iterator[Finding]:
    """Compare when the customer is asked how it went with when the policy wants it."""
    from mailproc.setting_types import format_duration

    after = config.complaints.survey_after
    wanted = [stage.rules["followup"].within for stage in policy.every_stage() if "followup" in stage.rules]
    for within in dict.fromkeys(wanted):
        if after and after <= within.at_least:
            continue
        when = f"is asked after {format_duration(after)}" if after else "is never asked"
        says = (
            f"{policy.stamp.id} wants the customer asked within {within} how it went, and that {when};"
            f" set complaints.survey_after to {max(within.at_least.days, 1)}d or less"
        )
        yield Finding(what="policy", ok=True, warning=True, says=says)


def _letters(config: Config) -> Iterator[Finding]:
    """Compile all templates and render every letter with an imagined case."""
    from mailproc.outbound.kinds import LETTERS
    from mailproc.outbound.letters import Letters
    from mailproc.outbound.lint import lint

    try:
        letters = Letters.load(config.workplace.template_dirs, config.desk.languages, zone=config.desk.zone)
    except MailprocError as error:
        for text in str(error).splitlines():
            yield Finding(what="letters", ok=False, says=text)
        return
    faults = lint(letters)
    yield from (Finding(what="letters", ok=False, says=str(fault)) for fault in faults)
    if not faults:
        languages = ", ".join(letters.languages)
        yield Finding(what="letters", ok=True, says=f"{', '.join(LETTERS)} in {languages}")


def _database(config: Config) -> str:
    """Look at the database without making one."""
    from mailproc.errors import DatabaseError
    from mailproc.store import schema
    from mailproc.store.database import Database

    file = sqlite_file(config)
    if file is not None and not file.exists():
        if not file.parent.is_dir():
            raise DatabaseError(f"{file.parent}: there is no such folder; make it, or mend database.url")
        return f"{file} will be made at the first start"
    database = Database(config.database.url)
    try:
        where = database.url.render_as_string(hide_password=True)
        if schema.current(database) is None:
            return f"{where} is empty; its tables will be made at the first start"
        schema.ensure(database)
        if found := schema.differences(database):
            raise DatabaseError(f"{where}: {len(found)} tables differ from what is expected: {found[0]}")
        return f"{where}, revision {schema.newest()}"
    finally:
        database.close()


def _parser(config: Config) -> str:
    """Read one mail in the cage in which all mail is read."""
    from mailproc.inbound.cage import Cage

    with Cage(config.parser, config.desk.languages) as cage:
        cage.parse(b"From: ann@example.com\r\nSubject: a kettle\r\n\r\nIt leaks.\r\n")
    count = config.parser.processes
    processes = "1 process" if count == 1 else f"{count} processes"
    return f"reads mail in {processes} of at most {config.parser.memory_mb} MiB"


def _mailbox(settings: MailboxSettings) -> Iterator[Finding]:
    from mailproc.errors import MailboxError
    from mailproc.transports.imap import ImapMailbox

    what = f"mailbox {settings.name}"
    mailbox = ImapMailbox(settings)
    try:
        mailbox.connect()
        _, uids = mailbox.uids(settings.folder)
        can = [name for name in ("IDLE", "MOVE", "UIDPLUS") if name in mailbox.capabilities]
        lacks = [name for name in ("IDLE", "MOVE", "UIDPLUS") if name not in can]
        says = f"{settings.username} at {settings.host}: {len(uids)} mails in {settings.folder}"
        yield Finding(what=what, ok=True, says=f"{says}; {', '.join(can) or 'no extensions'}")
        if "MOVE" in lacks and "UIDPLUS" in lacks:
            says = "the server has neither MOVE nor UIDPLUS: received mail is only marked as deleted"
            yield Finding(what=what, ok=True, warning=True, says=says)
        for folder in (settings.filed, settings.quarantine):
            try:
                mailbox.uids(folder)
            except MailboxError:
                if not mailbox.alive:
                    raise
                says = f"folder {folder} is not there yet; it will be made at the first start"
                yield Finding(what=what, ok=True, warning=True, says=says)
    except MailboxError as error:
        yield Finding(what=what, ok=False, says=str(error))
    finally:
        mailbox.close()


def _smtp(config: Config) -> str:
    from mailproc.transports.smtp import SmtpMailer

    mailer = SmtpMailer(config.smtp, config.desk.address.rpartition("@")[2])
    try:
        mailer.probe()
    finally:
        mailer.close()
    login = f"as {config.smtp.username}" if config.smtp.username else "without a login"
    return f"{config.smtp.host} takes letters {login}"
