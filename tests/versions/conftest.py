"""A firm with a notice of three clauses, and an installation on a day that the test sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from upheld.faces.app import App, Settings
from upheld.records.own import OwnDatabase

FRONT = {
    "notice": "harbour",
    "language": "en",
    "updated": "2026-03-01",
    "effective": "2026-03-01",
    "controller": "harbour-bikes",
    "contacts": "contacts.yaml",
    "officer": "privacy-lead",
    "regimes": "[us-ca-ccpa]",
}
CLAUSES = {
    "use.1": (
        "We use your address to repair your bicycle.",
        "may use: [name, email-address]\nfor: service\n---\ndefine: service\nis: purpose",
    ),
    "keep.1": (
        "We keep it for two years.",
        "may retain: [name, email-address]\nuntil: 2 years after collected\nwithin: 30 days\nthen: erase",
    ),
}
ROSTER = "privacy-lead: {name: Ada Quill, email: privacy@harbour.example.test}\n"


@dataclass
class Notice:
    """A notice as its author edits it: front matter, clauses with their blocks, roster."""

    folder: Path
    front: dict[str, str] = field(default_factory=lambda: dict(FRONT))
    clauses: dict[str, tuple[str, str]] = field(default_factory=lambda: dict(CLAUSES))
    roster: str = ROSTER

    def written(self) -> Path:
        front = "".join(f"{key}: {value}\n" for key, value in self.front.items())
        said = "\n".join(f"{text} {{#{id}}}\n\n```promise\n{block}\n```\n" for id, (text, block) in self.clauses.items())
        self.folder.mkdir(exist_ok=True)
        (self.folder / "notice.md").write_text(f"---\n{front}---\n\n# Privacy\n\n{said}", encoding="utf-8")
        (self.folder / "contacts.yaml").write_text(self.roster, encoding="utf-8")
        return self.folder

    def dated(self, day: str) -> Notice:
        self.front |= {"updated": day, "effective": day}
        return self


@dataclass
class Clock:
    today: date = date(2026, 6, 1)

    def __call__(self) -> datetime:
        return datetime(self.today.year, self.today.month, self.today.day, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def notice(tmp_path: Path) -> Notice:
    return Notice(tmp_path / "harbour")


@pytest.fixture
def app(own: OwnDatabase, clock: Clock, tmp_path: Path) -> Iterator[App]:
    """An installation whose own database is this test's alone."""
    made = App(Settings(own_url=own._pool._url, owner_url=own._owner_url, data_folder=tmp_path, now=clock))
    yield made
    made.close()
