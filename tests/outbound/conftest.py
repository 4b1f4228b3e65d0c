from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from mailproc.outbound.letters import Letters
from mailproc.resources import data_dir


@pytest.fixture(scope="session")
def letters() -> Letters:
    return Letters.load([data_dir("templates")], ["en", "hu"], zone=ZoneInfo("Europe/Budapest"))
