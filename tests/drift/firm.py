"""A firm whose stores are changed under its files."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.cli.harbour import Installation, database_of, tokens
from tests.cli.preloaded import Ran
from upheld.records.own import EmbeddedServer


@dataclass
class Firm:
    """`shop` runs commands; `folder` is the firm's own, with notice, map and lock."""

    shop: Installation
    folder: Path
    server: EmbeddedServer

    def edit(self, store: str, old: str, new: str) -> None:
        """The map of a store is changed by hand."""
        file = self.folder / "estate" / f"{store}.yaml"
        text = file.read_text()
        assert old in text, f"{old!r} is not in {file.name}"
        file.write_text(text.replace(old, new, 1))

    def sql(self, store: str, text: str) -> None:
        """Statements of the firm's own, beside us."""
        if store == "letters":
            with closing(sqlite3.connect(self.shop.letters, isolation_level=None)) as db:
                db.executescript(text)
        else:
            with psycopg.connect(self.shop.shop, autocommit=True) as db:
                db.execute(text)  # type: ignore[call-overload]

    def as_superuser(self, text: str) -> None:
        """Statements that the firm's own role may not give."""
        url = self.server.url(database_of(self.shop.shop), "postgres")
        with psycopg.connect(url, autocommit=True) as db:
            db.execute(text)  # type: ignore[call-overload]

    def owner(self) -> str:
        """The firm's role, which owns its tables and as which Upheld works here."""
        with psycopg.connect(self.shop.shop) as db:
            row = db.execute("SELECT current_user").fetchone()
        return str(row[0]) if row else ""

    def erase(self, asked: Mapping[str, Any], *words: str) -> Ran:
        """The planned erasure is carried out; the document."""
        given = ("erase", str(asked["ask"]), "--plan", str(asked["plan"]), "--in", str(self.folder), "--json", *words)
        return self.shop.upheld(*given)

    def drift(self, *words: str) -> Ran:
        """`upheld drift` for people; no value of a row is in what it prints."""
        ran = self.shop.upheld("drift", str(self.folder), *words)
        said = ran.out + ran.err
        assert not [value for n in range(1, 41) for value in tokens(n) if value in said]
        return ran

    def findings(self, *words: str) -> dict[str, dict[str, Any]]:
        """What `upheld drift --json` finds, by code and place; the exit code fits."""
        ran = self.drift("--json", *words)
        found = ran.document["findings"]
        assert ran.code == (1 if found else 0), ran.err
        return {f"{one['code']} {one['place']}": one for one in found}
