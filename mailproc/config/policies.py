"""By which rules does the desk work? The files of config/policies, read with their calendars.

The desk's own folder comes before the policies that come with mailproc, file by file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailproc.cases.business import Calendar
from mailproc.cases.policy import Policy
from mailproc.config.calendars import open_calendar, prove_calendar, read_calendar
from mailproc.config.explain import Sources
from mailproc.config.named_file import checked, missing
from mailproc.config.yaml_file import read_yaml
from mailproc.errors import ConfigError, Fault
from mailproc.settings import Config
from mailproc.workplace import Workplace


def load_policy(config: Config) -> Policy:
    """Return the policy the desk works under, or raise ConfigError with every fault of its files.

    A calendar's country is proved too, where business days are counted: found out with the first
    complaint, a slip in it would keep every mail from becoming a case.
    """
    policy = desk_policy(config)
    if policy.calendar is not None and policy.needs_calendar:
        prove_calendar(config.workplace, policy.calendar)
    return policy


def desk_policy(config: Config) -> Policy:
    """Return the desk's policy without asking any library about holidays."""
    desk = config.desk
    return read_policy(config.workplace, desk.policy, variant=desk.policy_variant, calendar=desk.calendar)


def stored_policy(body: Mapping[str, Any]) -> Policy:
    """Return a policy as the database holds it, ready to count. Raises ValidationError."""
    values = dict(body)
    if values.get("calendar") is not None:
        values["calendar"] = open_calendar(Calendar.model_validate(values["calendar"]))
    return Policy.model_validate(values)


def read_policy(
    workplace: Workplace, id: str, *, variant: str | None = None, calendar: str | None = None
) -> Policy:
    """Return a policy by its name. Raises ConfigError with every fault of its file and its calendar's.

    `calendar` names another calendar than the policy's own: for a regime that holds in many countries.
    """
    file = workplace.policy_file(id)
    if file is None:
        raise missing("config/policies", "policy", id, workplace.policy_ids())
    document = read_yaml(file)
    sources = Sources(file=str(file), lines=document.lines)
    values, faults = document.values, list(document.faults)
    if variant is not None:
        values["variant"] = variant
    faults += _fill_in_calendar(values, calendar, workplace, sources)
    return checked(Policy, values, file, sources, faults)


def _fill_in_calendar(
    values: dict[str, Any], asked_for: str | None, workplace: Workplace, sources: Sources
) -> list[Fault]:
    """Put the calendar itself in the place of its name, so that the policy's digest covers it."""
    name = asked_for or values.get("calendar")
    if name is None:
        return []
    if not isinstance(name, str):
        found, remedy = "no name", "write the name of a file of config/calendars, such as gb-eng"
        return [
            Fault(
                file=sources.file,
                path="calendar",
                found=found,
                remedy=remedy,
                line=sources.line(("calendar",)),
            )
        ]
    try:
        values["calendar"] = read_calendar(workplace, name)
    except ConfigError as error:
        # A stand-in keeps the policy's own faults from being hidden behind those of its calendar.
        values["calendar"] = Calendar(id="none", title="", source="")
        return list(error.faults)
    return []
