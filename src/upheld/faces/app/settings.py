"""The environment, read once by `main`, becomes one frozen value that everything else is given.

Time and randomness enter here too, so that the rooms below stay pure and tests can set the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Settings:
    """`own_url` None: the embedded database in `data_folder` (None: its default place).

    `environment` resolves `env:NAME` of the estate files; `now` is the clock, UTC. `demo` marks an installation that runs
    the example firm: its second database lives in the embedded server.
    """

    own_url: str | None = None
    owner_url: str | None = None
    data_folder: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    now: Callable[[], datetime] = _now

    @property
    def today(self) -> date:
        return self.now().date()


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Settings from UPHELD_DATABASE_URL, UPHELD_OWNER_DATABASE_URL, UPHELD_DATA and, for stores, everything else."""
    folder = environment.get("UPHELD_DATA")
    return Settings(
        own_url=environment.get("UPHELD_DATABASE_URL"),
        owner_url=environment.get("UPHELD_OWNER_DATABASE_URL"),
        data_folder=Path(folder) if folder else None,
        environment=dict(environment),
    )
