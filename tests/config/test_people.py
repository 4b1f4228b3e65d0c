"""Who works at the desk, as people.yaml says it, and what is said when it is wrong."""

from __future__ import annotations

import os
import re
import tomllib
from email.headerregistry import Address
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mailproc.cases.routing import assignee, route
from mailproc.config import init, load, load_people, read_people, reread_people
from mailproc.config.starter import _CONFIG_FILES
from mailproc.errors import ConfigError, Fault
from mailproc.people import EMPTY, Agent, Assignment, People, check_name
from mailproc.settings import Config

REPOSITORY = Path(__file__).parents[2]

MAILPROC = """\
desk:
  name: Acme Complaints
  address: complaints@example.com
  languages: [en, hu]
  secret: a-desk-secret-that-is-long-enough-0123456789
mailboxes:
  - name: main
    host: imap.example.com
    username: login@example.com
    password: x
smtp:
  host: smtp.example.com
"""

OUTSIDE = "outside:\n  - name: {}\n    address: {}\nassignment:"
GOOD = """\
agents:
  - name: Anna Kovács
    address: Anna@Example.com
    aliases: [anna.kovacs@example.org]
    teams: [Billing]
    languages: [hu, en]
  - name: Ben
    address: ben@example.com
    away: true
teams:
  Billing:
    members: [ben]
    lead: Ben
  Front Desk:
    members: [Anna kovács]
supervisors:
  - name: Clara
    address: clara@example.com
routing:
  - team: front desk
  - team: billing
    category: cost
assignment: least_open
"""


def write(folder: Path, people: str | None = GOOD, mailproc: str = MAILPROC) -> Path:
    file = folder / "mailproc.yaml"
    file.write_text(mailproc)
    file.chmod(0o600)
    if people is not None:
        (folder / "people.yaml").write_text(people)
    return file


def config(folder: Path, people: str | None = GOOD) -> Config:
    return load(write(folder, people), environ={})


def faults(folder: Path, people: str, mailproc: str = MAILPROC) -> list[Fault]:
    with pytest.raises(ConfigError) as caught:
        load(write(folder, people, mailproc), environ={})
    return list(caught.value.faults)


def names(agents: tuple[Agent, ...]) -> list[str]:
    return [agent.name for agent in agents]


def test_a_good_file_is_read(tmp_path: Path) -> None:
    people = load_people(config(tmp_path))
    assert names(people.agents) == ["Anna Kovács", "Ben"]
    assert people.assignment is Assignment.LEAST_OPEN
    assert people.agents[0].languages == ("hu", "en")
    assert people.supervisors[0].address == "clara@example.com"


def test_who_stands_on_either_side_is_in_the_team(tmp_path: Path) -> None:
    people = load_people(config(tmp_path))
    assert names(people.members("billing")) == ["Anna Kovács", "Ben"]
    assert names(people.members("FRONT DESK")) == ["Anna Kovács"]
    assert people.members("nobody's") == ()


def test_names_are_found_in_any_case_and_form_and_only_whole(tmp_path: Path) -> None:
    people = load_people(config(tmp_path))
    assert people.agent("anna  kova\u0301cs") is people.agents[0]
    assert people.agent("Anna") is None
    assert people.team("front desk") is people.teams["Front Desk"]
    assert people.team("front") is None


def test_an_agent_is_known_by_each_of_her_addresses_exactly(tmp_path: Path) -> None:
    people = load_people(config(tmp_path))
    anna = people.agents[0]
    assert people.agent_of("anna@EXAMPLE.com.") is anna
    assert people.agent_of("Anna.Kovacs@example.org") is anna
    strangers = [
        "anna@example.co",
        "anna@example.com.evil.example",
        "xanna@example.com",
        "anna+x@example.com",
    ]
    assert [people.agent_of(email) for email in [*strangers, "", "@"]] == [None] * 6
    assert dict(people.registered) == {
        "anna@example.com": "Anna Kovács",
        "anna.kovacs@example.org": "Anna Kovács",
        "ben@example.com": "Ben",
        "clara@example.com": "Clara",
    }
    assert anna.keys == {"anna@example.com", "anna.kovacs@example.org"}


def test_people_are_frozen(tmp_path: Path) -> None:
    people = load_people(config(tmp_path))
    with pytest.raises(ValidationError):
        people.agents[0].address = "evil@example.com"
    with pytest.raises(TypeError):
        people.registered["evil@example.com"] = "Ben"  # type: ignore[index]


def test_the_settings_fit_the_rules_that_share_out_cases(tmp_path: Path) -> None:
    people = load_people(config(tmp_path))
    team = route(people.routing, category="cost", language="hu")
    assert team == "billing"
    assert assignee(people.members(team), people.assignment, {}, None) == "Anna Kovács"


# No file, or nobody in it.


@pytest.mark.parametrize("text", [None, "", "# nobody yet\n", "agents:\nteams:\n", "agents: []\n"])
def test_without_people_nobody_is_registered_and_that_is_no_fault(tmp_path: Path, text: str | None) -> None:
    assert load_people(config(tmp_path, text)) == EMPTY
    assert not EMPTY.registered and EMPTY.agent_of("ann@example.com") is None


def test_a_configuration_without_a_file_has_nobody() -> None:
    values = yaml.safe_load(MAILPROC)
    assert load_people(Config.model_validate(values)) is EMPTY


def test_the_starter_registers_nobody_and_its_example_is_a_good_file(tmp_path: Path) -> None:
    """The copy that comes with mailproc is what init writes; it never stands in for a missing file."""
    init(tmp_path / "desk")
    starter = (tmp_path / "desk" / "config" / "people.yaml").read_text()
    assert starter.startswith("# yaml-language-server: $schema=people.schema.json\n")
    assert load_people(config(tmp_path, starter)) == EMPTY
    uncommented = re.sub(r"^#(?=[a-z]|  )", "", starter, flags=re.MULTILINE)
    people = load_people(config(tmp_path, uncommented))
    assert set(yaml.safe_load(uncommented)) == set(People.model_fields)
    assert names(people.members("front desk")) == ["Anna Kovács", "Ben Okafor"]


def test_what_init_writes_is_carried_by_the_wheel() -> None:
    tables = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
    carried = tables["wheel"]["force-include"]
    for name in _CONFIG_FILES:
        assert carried[f"config/{name}"] == f"mailproc/data/config/{name}"


# What can be wrong. Each row: what is replaced in GOOD, by what, the line of the fault, its words.

WRONG = [
    ("name: Ben\n", "name: 12\n", 7, "agents[1].name: found 12; write text"),
    ("  - name: Ben\n    address", "  - address", 7, "agents[1].name: missing; write it"),
    ("ben@example.com", "ben", 8, "agents[1].address: found ben; write a mail address"),
    ("[anna.kovacs@example.org]", "[x@y@z]", 4, "agents[0].aliases[0]: found x@y@z; write a mail"),
    ("away: true", "away: perhaps", 9, "agents[1].away: found perhaps; write true or false"),
    ("away: true", "awya: true", 9, "agents[1].awya: unknown key; did you mean away?"),
    ("[hu, en]", "[Hungarian]", 6, "agents[0].languages[0]: found Hungarian; write the code"),
    ("least_open", "dice", 23, "assignment: found dice; write round_robin, least_open or whole_team"),
    ("members: [ben]", "members: [ben, Zoe]", 12, "teams.Billing.members[1]: no agent is called Zoe"),
    ("members: [ben]", "members: [ban]", 12, "members[0]: no agent is called ban; did you mean Ben?"),
    ("members: [ben]", "members: [ben, BEN]", 12, "members[1]: found BEN, which is also teams.Billing.mem"),
    ("teams: [Billing]", "teams: [Biling]", 5, "agents[0].teams[0]: no team is called Biling; did you"),
    ("teams: [Billing]", "teams: [Billing, billing]", 5, "which is also agents[0].teams[0]; keep one"),
    ("lead: Ben", "lead: Benn", 13, "teams.Billing.lead: no agent is called Benn; did you mean Ben?"),
    ("    members: [Anna kovács]", "    lead: Ben", 14, "teams.Front Desk: nobody is in it; name its"),
    (
        "members: [Anna kovács]",
        "members: [Anna kovács]\n    lead: ben",
        16,
        "teams.Front Desk.lead: found ben, who is not in the team; add that agent",
    ),
    (
        "  Front Desk:",
        "  BILLING:",
        14,
        "teams.BILLING: found BILLING, which is also teams.Billing; give every",
    ),
    ("  Front Desk:", "  Anna Kovács:", 14, "which is also agents[0].name; give everybody and every team"),
    ("assignment:", OUTSIDE.format("Ben", "a@b.example"), 24, "which is also agents[1].name; give everybody"),
    ("assignment:", OUTSIDE.format("Billing", "a@b.example"), 24, "found Billing, which is also"),
    ("assignment:", OUTSIDE.format("Lab", "ben@example.com"), 25, "which is also agents[1].address; keep it"),
    ("assignment:", OUTSIDE.format("Lab", "complaints@example.com"), 25, "an address of the desk itself"),
    ("assignment:", OUTSIDE.format("Lab", "nowhere"), 25, "outside[0].address: found nowhere"),
    ("  Front Desk:", '  "a\\nb;c":', 14, "write letters, digits, spaces"),
    ("name: Ben\n", "name: ANNA KOVÁCS\n", 7, 'agents[1].name: found "ANNA KOVÁCS", which is also agents[0]'),
    ("name: Ben\n", "name: Desk\n", 7, "agents[1].name: found Desk; write another name; this one has a"),
    ("ben@example.com", "anna@example.COM", 8, "agents[1].address: found anna@example.COM, which"),
    ("ben@example.com", "anna.kovacs@example.org", 8, "which is also agents[0].aliases[0]; keep it with"),
    ("ben@example.com", "complaints@example.com", 8, "found complaints@example.com, an address of the desk"),
    ("ben@example.com", "Complaints+ben@Example.com", 8, "an address of the desk itself; write the"),
    ("ben@example.com", "LOGIN@example.com", 8, "an address of the desk itself; write the person's own"),
    ("clara@example.com", "complaints@example.com", 18, "supervisors[0].address: found complaints@example"),
    ("clara@example.com", "ben@example.com", 18, "supervisors[0].address: found ben@example.com, which is"),
    ("name: Clara", "name: Ben", 18, "an address that agents[1] of the same name does not have; write one"),
    (
        "- team: front desk",
        "- team: back desk",
        20,
        'routing[0].team: no team is called "back desk"; use one of Billing, "Front Desk", or',
    ),
    ("- team: front desk", "- category: delay", 20, "routing[0].team: missing; write it (The team that gets"),
    ("category: cost", "category: costs", 22, "routing[1].category: no category is called costs; did you"),
    ("category: cost", "mailbox: mian", 22, "no mailbox is called mian; did you mean main?"),
    ("category: cost", "language: de", 22, "no language of the desk is called de; use one of en, hu, or add"),
    ("category: cost", "customer_domain: a@b.example", 22, "write what stands after the @ of an address"),
    ("category: cost\n", "category: cost\n  - {team: billing, category: cost}\n", 23, "as routing[1], which"),
    ("assignment:", "assignments: x\nassignment:", 23, "assignments: unknown key; did you mean assignment?"),
    (
        "supervisors:\n  - name: Clara\n    address: clara@example.com\n",
        "supervisors: Clara\n",
        16,
        "supervisors: found text; write a list",
    ),
    ("away: true", "away: true\n    away: true", 10, "agents[1].away: written twice, first on line 9"),
]


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"), WRONG, ids=[new.strip() for _, new, _, _ in WRONG]
)
def test_what_is_wrong_is_named_with_its_line_and_what_to_do(
    tmp_path: Path, old: str, new: str, line: int, expected: str
) -> None:
    assert old in GOOD
    found = [fault for fault in faults(tmp_path, GOOD.replace(old, new, 1)) if expected in str(fault)]
    assert [(fault.file, fault.line) for fault in found] == [(str(tmp_path / "people.yaml"), line)]
    assert "\n" not in str(found[0])


def test_all_faults_of_both_files_are_told_at_once(tmp_path: Path) -> None:
    text = """\
agents:
  - {name: Ann, address: nobody, teams: [billing, front]}
  - {name: ann, address: complaints@example.com}
teams: {billing: {lead: Zoe}}
supervisors: [{name: Clara}]
routing: [{team: back, category: costs}]
assignment: dice
colour: red
"""
    people = {"agents[0].address", "agents[0].teams[1]", "agents[1].name", "teams.billing.lead"}
    people |= {"supervisors[0].address", "routing[0].team", "assignment", "colour"}
    with_the_desk = {"agents[1].address", "routing[0].category"}
    assert {fault.path for fault in faults(tmp_path, text)} == people | with_the_desk
    # What the desk's own settings decide is not known while those are wrong.
    broken = MAILPROC.replace("languages: [en, hu]", "languages: [en, xx]")
    assert {fault.path for fault in faults(tmp_path, text, broken)} == people | {"desk.languages[1]"}


def test_a_supervisor_is_known_like_an_agent_and_gets_no_cases(tmp_path: Path) -> None:
    people = load_people(config(tmp_path))
    clara = people.agent_of("clara@example.com")
    assert clara is not None and clara.name == "Clara"
    assert people.agent("clara") == clara
    assert people.registered["clara@example.com"] == "Clara"
    assert clara in people.deciders and clara not in people.agents


def test_a_supervisor_who_is_an_agent_is_that_agent() -> None:
    anna = {"name": "Anna", "address": "anna@example.com", "aliases": "a@example.com", "languages": "hu"}
    people = People.model_validate(
        {"agents": [anna], "supervisors": [{"name": "ANNA", "address": "a@example.com"}]}
    )
    assert people.deciders == people.everybody == people.agents
    assert dict(people.registered) == {"anna@example.com": "Anna", "a@example.com": "Anna"}


def test_a_team_has_a_lead_or_none(tmp_path: Path) -> None:
    team = {"members": ["Anna"], "lead": "anna"}
    people = People.model_validate(
        {"agents": [{"name": "Anna", "address": "anna@example.com"}], "teams": {"a": team, "b": {}}}
    )
    assert people.lead("A") == people.agents[0]
    assert people.lead("b") is None and people.lead("c") is None


def test_a_supervisor_may_be_an_agent_too(tmp_path: Path) -> None:
    text = GOOD.replace(
        "name: Clara\n    address: clara@example.com", "name: BEN\n    address: Ben@example.com"
    )
    assert load_people(config(tmp_path, text)).supervisors[0].name == "BEN"


def test_a_team_may_have_all_its_members_from_the_agents_side(tmp_path: Path) -> None:
    text = GOOD.replace("  Billing:\n    members: [ben]\n    lead: Ben\n", "  Billing:\n")
    assert names(load_people(config(tmp_path, text)).members("billing")) == ["Anna Kovács"]
    # Also when the team is called like a section of the file: its name is no key without a value.
    text = re.sub("[Bb]illing", "agents", text)
    assert names(load_people(config(tmp_path, text)).members("agents")) == ["Anna Kovács"]


@pytest.mark.parametrize("text", ["agents: [", "- Ann\n", "agents: \x00\n", "agents: &a [*a]\n"])
def test_what_is_no_yaml_is_told_with_the_file(tmp_path: Path, text: str) -> None:
    (fault,) = faults(tmp_path, text)
    assert fault.file == str(tmp_path / "people.yaml")


# Names go into headers and commands.


@pytest.mark.parametrize(
    "name", ["Anna Kovács", "O'Neill", "J.-P. Sartre", "7 of 9", "王小明", "हिन्दी", "Al-Ḥasan"]
)
def test_names_of_every_script_are_taken(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize("char", [*'"<>(),:;@[]\\#=/|*\x00\u202e\u200b%!?', "😀"])
def test_a_name_that_would_mean_something_in_a_header_or_a_command_is_refused(char: str) -> None:
    with pytest.raises(ValueError, match="write letters"):
        check_name(f"Ann{char}Archer")


@pytest.mark.parametrize("name", ["none", "Nobody", "Senki", "ME", "customer", "desk", "server", "mine"])
def test_a_name_with_a_meaning_of_its_own_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="another name"):
        check_name(name)


@given(st.text(max_size=70))
@example("a" * 61)
@example("A\u2028B")
def test_a_name_that_is_taken_survives_a_header_and_a_command_line(name: str) -> None:
    try:
        taken = check_name(name)
    except ValueError:
        return
    assert check_name(taken) == taken and len(taken) <= 60
    assert taken == " ".join(taken.split()) and taken.isprintable()
    assert Address(display_name=taken, addr_spec="a@b.example").display_name == taken


# Read again.


def touch(file: Path, text: str) -> None:
    """Write so that the time of change differs, however coarse the file system's clock is."""
    before = file.stat().st_mtime_ns if file.exists() else 0
    file.write_text(text)
    os.utime(file, ns=(before + 10**9, before + 10**9))


def test_a_file_that_did_not_change_is_not_read_again(tmp_path: Path) -> None:
    desk = config(tmp_path)
    first = read_people(desk)
    assert reread_people(desk, first) is first


def test_a_changed_file_counts_without_a_restart(tmp_path: Path) -> None:
    desk = config(tmp_path)
    first = read_people(desk)
    touch(tmp_path / "people.yaml", GOOD.replace("address: ben@", "address: benjamin@"))
    second = reread_people(desk, first)
    assert second.people.agent_of("benjamin@example.com") and not second.people.agent_of("ben@example.com")
    assert second.faults == ()
    assert reread_people(desk, second) is second


def test_a_wrong_new_file_keeps_the_people_and_says_so_once(tmp_path: Path) -> None:
    desk = config(tmp_path)
    first = read_people(desk)
    touch(tmp_path / "people.yaml", GOOD.replace("team: front desk", "team: back desk"))
    second = reread_people(desk, first)
    assert second.people is first.people
    assert ["routing[0].team" in str(fault) for fault in second.faults] == [True]
    assert reread_people(desk, second) is second
    touch(tmp_path / "people.yaml", "agents: [")
    third = reread_people(desk, second)
    assert third.people is first.people and len(third.faults) == 1
    touch(tmp_path / "people.yaml", GOOD)
    assert reread_people(desk, third).faults == ()


def test_a_file_that_is_gone_keeps_the_people_and_an_empty_one_registers_nobody(tmp_path: Path) -> None:
    desk = config(tmp_path)
    first = read_people(desk)
    (tmp_path / "people.yaml").unlink()
    second = reread_people(desk, first)
    assert second.people is first.people
    assert "the file is gone, its people stay; put it back" in str(second.faults[0])
    assert reread_people(desk, second) is second
    touch(tmp_path / "people.yaml", "")
    third = reread_people(desk, second)
    assert third.people == EMPTY and third.faults == ()


def test_a_file_that_appears_is_read(tmp_path: Path) -> None:
    desk = config(tmp_path, None)
    first = read_people(desk)
    assert first.people == EMPTY and reread_people(desk, first) is first
    touch(tmp_path / "people.yaml", GOOD)
    assert names(reread_people(desk, first).people.agents) == ["Anna Kovács", "Ben"]


# Whatever the file holds.


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=8)
        | st.sampled_from(["Ann", "a@b.example"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [*People.model_fields, *Agent.model_fields, "team", "members", "lead", "Ann"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=14,
    )
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_file_holds_it_is_people_or_faults_and_a_reread_raises_nothing(
    tmp_path: Path, value: object
) -> None:
    desk = config(tmp_path)
    first = read_people(desk)
    touch(tmp_path / "people.yaml", yaml.safe_dump(value))
    second = reread_people(desk, first)
    assert second.people is first.people if second.faults else second.people is not first.people
    if second.faults:
        with pytest.raises(ConfigError):
            load_people(desk)
