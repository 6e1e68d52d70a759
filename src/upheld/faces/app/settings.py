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


def _no_failpoint(_: str) -> None:
    """Nothing happens at the points between commits; tests stop or kill a run there."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`own_url` None: the embedded database in `data_folder` (None: its default place).

    `environment` resolves `env:NAME` of the estate files; `now` is the clock, UTC. `origin` is the ledger's name for ever; `pinned_key` its first key
    (vkey), if it was written down outside the database. `public_url`: where the public pages stand, as letters give it. `proxies`: whose word about a visitor's
    address is believed; `metrics_token`: whoever bears it may read `/metrics` from elsewhere.
    """

    own_url: str | None = None
    owner_url: str | None = None
    data_folder: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    master_key: str | None = None
    pinned_key: str | None = None
    origin: str = "ledger.example.test/upheld"
    public_url: str = "http://127.0.0.1:8080"
    proxies: tuple[str, ...] = ()
    metrics_token: str | None = None
    now: Callable[[], datetime] = _now
    failpoint: Callable[[str], None] = _no_failpoint

    @property
    def today(self) -> date:
        return self.now().date()


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Settings from UPHELD_DATABASE_URL, UPHELD_OWNER_DATABASE_URL, UPHELD_DATA, UPHELD_MASTER_KEY, UPHELD_FIRST_KEY, UPHELD_ORIGIN,
    UPHELD_PUBLIC_URL, UPHELD_TRUSTED_PROXIES (commas between), UPHELD_METRICS_TOKEN;
    the stores' addresses are looked up by the names that the estate files give."""
    folder = environment.get("UPHELD_DATA")
    return Settings(
        own_url=environment.get("UPHELD_DATABASE_URL"),
        owner_url=environment.get("UPHELD_OWNER_DATABASE_URL"),
        data_folder=Path(folder) if folder else None,
        environment=dict(environment),
        master_key=environment.get("UPHELD_MASTER_KEY"),
        pinned_key=environment.get("UPHELD_FIRST_KEY"),
        origin=environment.get("UPHELD_ORIGIN", "ledger.example.test/upheld"),
        public_url=environment.get("UPHELD_PUBLIC_URL", "http://127.0.0.1:8080").rstrip("/"),
        proxies=tuple(one.strip() for one in environment.get("UPHELD_TRUSTED_PROXIES", "").split(",") if one.strip()),
        metrics_token=environment.get("UPHELD_METRICS_TOKEN") or None,
    )
