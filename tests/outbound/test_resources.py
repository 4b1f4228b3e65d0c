"""Packaged folders are found in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailproc import resources
from mailproc.errors import MailprocError
from mailproc.resources import data_dir


@pytest.mark.parametrize("name", ["templates", "config"])
def test_a_checkout_has_its_folders_at_the_top(name: str) -> None:
    assert (data_dir(name) / "README.md").is_file()


def test_an_installed_copy_wins_over_a_folder_beside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "mailproc"
    (package / "data" / "templates").mkdir(parents=True)
    (tmp_path / "templates").mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", package)
    assert data_dir("templates") == package / "data" / "templates"


def test_a_folder_that_is_nowhere_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "mailproc")
    with pytest.raises(MailprocError, match="templates is neither at"):
        data_dir("templates")
