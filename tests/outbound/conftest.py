from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from jinja2.bccache import Bucket, BytecodeCache

from mailproc.outbound import letters as module
from mailproc.outbound.letters import Letters
from mailproc.resources import data_dir


class Compiled(BytecodeCache):
    """What was compiled before in this run, by source: most tests change one file of a hundred."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        environment = partial(module.ImmutableSandboxedEnvironment, bytecode_cache=Compiled())
        patch.setattr(module, "ImmutableSandboxedEnvironment", environment)
        yield


@pytest.fixture(scope="session")
def letters(compiled_once: None) -> Letters:
    return Letters.load([data_dir("templates")], ["en", "hu", "de"], zone=ZoneInfo("Europe/Budapest"))
