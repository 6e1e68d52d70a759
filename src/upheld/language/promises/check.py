"""A program's promises against each other: what is wrong with the whole, though every promise reads well."""

from __future__ import annotations

from collections.abc import Iterable

from upheld.language.diagnostic import Diagnostic
from upheld.language.promises.model import Name, Program
from upheld.language.promises.names import NameTable


def check_program(program: Program, table: NameTable, used: frozenset[Name]) -> Iterable[Diagnostic]:
    return ()
