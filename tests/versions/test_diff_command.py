"""`upheld diff` over folders and published versions: words for people, JSON for machines, a remedy for what cannot be found."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.versions.conftest import Notice
from upheld.faces.app import App
from upheld.faces.cli import Context, Terminal, build


@pytest.fixture
def upheld(app: App) -> Callable[..., tuple[int, str]]:
    """A command and its exit code and output."""

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(build(lambda ascii_only: Context(lambda: app, Terminal(ascii_only=ascii_only))), list(words))
        return done.exit_code, done.output

    return run


@pytest.fixture
def folders(notice: Notice, tmp_path: Path) -> tuple[str, str]:
    """A notice, and its next version in another folder."""
    first = notice.written()
    later = Notice(tmp_path / "later").dated("2026-05-01")
    text, block = later.clauses["keep.1"]
    later.clauses["keep.1"] = (text.replace("two years", "one year"), block.replace("2 years", "1 years"))
    later.clauses["use.1"] = (
        later.clauses["use.1"][0],
        later.clauses["use.1"][1].replace("[name, email-address]", "email-address"),
    )
    return str(first), str(later.written())


def test_two_folders_are_compared_by_meaning(upheld: Callable[..., tuple[int, str]], folders: tuple[str, str]) -> None:
    code, said = upheld("diff", *folders)
    flat = " ".join(said.split())
    assert code == 0 and "shorter-retention" in said and "2 narrower" in flat, said
    code, said = upheld("diff", folders[0], folders[0])
    assert code == 0 and "promise the same, in the same words." in " ".join(said.split())


def test_published_versions_are_compared_by_their_numbers(
    upheld: Callable[..., tuple[int, str]], app: App, folders: tuple[str, str]
) -> None:
    assert [app.publish(Path(folder)).registered.number for folder in folders] == [1, 2]
    code, said = upheld("diff", "1", "2", "--json")
    found = json.loads(said)
    assert code == 0 and (found["old"], found["new"], found["effect"]) == (
        "version 1 of harbour",
        "version 2 of harbour",
        "narrower",
    )
    assert {"class": "shorter-retention", "effect": "narrower", "clauses": ["harbour.keep.1"], "what": "retention of email-address and name",
            "before": "2 years after collected", "after": "1 year after collected"} in found["changes"]  # fmt: skip
    assert found["duties"] == []
    assert json.loads(upheld("diff", "1", folders[1], "--json")[1])["changes"] == found["changes"]


def test_what_cannot_be_found_is_said_with_a_remedy(
    upheld: Callable[..., tuple[int, str]], app: App, folders: tuple[str, str], notice: Notice
) -> None:
    assert "V312" in upheld("diff", "1", "2")[1] and upheld("diff", "1", "2")[0] == 2
    app.publish(Path(folders[0]))
    code, said = upheld("diff", "1", "7")
    assert code == 2 and "V311" in said and "Published: 1 to 1." in said
    assert upheld("diff", "1", str(notice.folder / "nothing-here"))[0] == 2
    notice.clauses["use.2"] = ("We also sing.", "may use: [song]\nfor: service")
    assert "X120" in upheld("diff", folders[1], str(notice.written()))[1]
