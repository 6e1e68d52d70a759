"""A store's `env:NAME`, or a URL somebody typed, becomes an engine and an address. Never printed: it may hold a password."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from upheld.engine.estate.model import Engine, Estate, StoreMap
from upheld.faces.app.errors import Unusable

ENGINES: Mapping[str, Engine] = {
    "postgresql": "postgresql", "postgres": "postgresql", "sqlite": "sqlite", "mariadb": "mariadb", "mysql": "mariadb",
}  # fmt: skip


def resolve(url: str, environment: Mapping[str, str]) -> str:
    """The address behind `env:NAME`, or the text itself. Unusable if the environment lacks the name."""
    if not url.startswith("env:"):
        return url
    name = url.removeprefix("env:")
    if not environment.get(name):
        raise Unusable(
            "X130", f"{name} is not set.", f"Set {name} to the store's address: postgresql://…, mariadb://… or sqlite:///path."
        )
    return environment[name]


def urls_of(estate: Estate, environment: Mapping[str, str], *, reading: bool = False) -> dict[str, str]:
    """The address of every store of the estate, backups included. Unusable names the first that is not set.

    `reading`: of its replica, where the store has one.
    """
    found = {}
    for name, store in estate.stores.items():
        address = resolve(store.replica if reading and store.replica else store.url, environment)
        engine, path = split(address)
        if engine != store.engine:
            raise Unusable(
                "X131",
                f"{name} is {store.engine} in the estate and {engine} in its address.",
                f"Correct the estate file, or {store.url}.",
            )
        found[name] = path
    return found


def objects_urls_of(estate: Estate, environment: Mapping[str, str]) -> dict[str, str]:
    """The address of every object store of the estate. Unusable names the first that is not set."""
    return {name: resolve(objects.url, environment) for name, objects in estate.objects.items()}


def split(address: str) -> tuple[Engine, str]:
    """The engine of an address, and what its driver takes. A path of a file is SQLite."""
    scheme, sign, rest = address.partition("://")
    if not sign:
        if Path(address).suffix or Path(address).exists():
            return "sqlite", address
        raise Unusable(
            "X132",
            "The address has no scheme.",
            "Write postgresql://…, mariadb://…, sqlite:///path, or the path of a SQLite file.",
        )
    engine = ENGINES.get(scheme.partition("+")[0])
    if engine is None:
        raise Unusable(
            "X132", f"There is no store of kind `{scheme}` here.", "PostgreSQL, MariaDB, MySQL and SQLite are supported."
        )
    return (engine, rest.removeprefix("/")) if engine == "sqlite" else (engine, address)


def sole_store(name: str, address: str, place: str) -> tuple[StoreMap, str]:
    """A store without tables, for a first look, and what its driver takes."""
    engine, path = split(address)
    return StoreMap(name, engine, "", place, "primary", {}), path
