"""Where do the commands about policies and calendars look? At the desk's files, or at ours without a desk.

Whoever only wants to know what a regime asks for needs no mailbox and no password: a configuration that is
missing, or not complete yet, is no reason to refuse.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer

from mailproc.cli.failures import complain
from mailproc.cli.opening import invocation
from mailproc.errors import ConfigError

if TYPE_CHECKING:
    from mailproc.settings import Config
    from mailproc.workplace import Workplace


@dataclass(frozen=True, kw_only=True)
class RulesPlace:
    """The folders to look in, the zone of the desk, and the desk's configuration when it can be used."""

    workplace: Workplace
    zone: ZoneInfo
    config: Config | None = None


def rules_place(ctx: typer.Context) -> RulesPlace:
    """Find the desk. Raises ConfigError only for a configuration file that was named and is not there."""
    from mailproc import config as configuration
    from mailproc.workplace import Workplace

    named = invocation(ctx).config_file
    try:
        file = configuration.find(named, os.environ)
    except ConfigError:
        if named is not None or os.environ.get(configuration.CONFIG_VARIABLE):
            raise
        return RulesPlace(workplace=Workplace(), zone=ZoneInfo("UTC"))
    try:
        config = configuration.load(file)
    except ConfigError:
        complain(f"{file} has faults, see mailproc check; its policies are used, and UTC as the desk's zone")
        return RulesPlace(workplace=Workplace(config_file=file), zone=ZoneInfo("UTC"))
    return RulesPlace(workplace=config.workplace, zone=config.desk.zone, config=config)
