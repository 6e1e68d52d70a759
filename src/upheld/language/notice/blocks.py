"""The text of a promise block to statements: flat `key: value` lines, or the rows of a pipe table.

`---` parts the promises of a block. Reports what is not flat (P101) and what is said twice (P103); knows no verb.
"""

from __future__ import annotations

from upheld.language.diagnostic import Diagnostic, counted
from upheld.language.notice.findings import finding, shown
from upheld.language.notice.model import Entry, Statement, Word
from upheld.language.notice.tree import Fault, Listing, Node, Table, read_tree
from upheld.language.terms import KEYS

# A comma inside these values is part of the value: `latest of created, disclosed`.
NO_COMMA_LIST = frozenset(key for key, rule in KEYS.items() if rule.shape in ("moment", "lasts", "age", "cap", "text"))
NO_COMMA_LIST |= {"at", "ends", "means", "because", "kinds", "duties"}


def statements_of(text: str, file: str, first_line: int) -> tuple[tuple[Statement, ...], tuple[Diagnostic, ...]]:
    """Every statement of the block, and what is wrong with its shape. A faulty chunk yields no statement."""
    statements: list[Statement] = []
    found: list[Diagnostic] = []
    chunks = _chunks(text)
    for start, chunk in chunks:
        line = first_line + start
        if not chunk.strip():
            found.append(finding("P101", file, line, "Nothing stands in this part of the block."))
        elif chunk.lstrip().startswith("|"):
            statements += _table(chunk, file, line, found)
        else:
            statements += _lines(chunk, file, line, found)
    return tuple(statements), tuple(found)


def _chunks(text: str) -> list[tuple[int, str]]:
    chunks: list[tuple[int, list[str]]] = [(0, [])]
    for number, line in enumerate(text.split("\n")):
        if line.rstrip() == "---":
            chunks.append((number + 1, []))
        else:
            chunks[-1][1].append(line)
    return [(start, "\n".join(lines)) for start, lines in chunks]


def _lines(chunk: str, file: str, line: int, found: list[Diagnostic]) -> list[Statement]:
    tree = read_tree(chunk, line, depth=2)
    if isinstance(tree, Fault):
        found.append(finding("P101", file, tree.line, f"The block cannot be read: {tree.why}."))
        return []
    if not isinstance(tree, Table):
        found.append(finding("P101", file, line, "The block is not made of `key: value` lines."))
        return []
    entries = [_entry(key, value, file, found) for key, value in tree.entries]
    if not entries or entries[0] is None:
        return []
    return _statement([entry for entry in entries if entry is not None], file, found)


def _entry(key: Word, value: Node, file: str, found: list[Diagnostic]) -> Entry | None:
    if isinstance(value, Table) or (isinstance(value, Listing) and any(not isinstance(item, Word) for item in value.items)):
        found.append(finding("P101", file, value.line, f"The value of {shown(key.text)} is nested."))
        return None
    words = value.items if isinstance(value, Listing) else (value,)
    listed = isinstance(value, Listing)
    plain = tuple(Word(" ".join(word.text.split()), word.line) for word in words if isinstance(word, Word))
    if not listed:
        plain = _comma_list(key.text, plain[0])
    if not key.text.strip() or not plain or any(not word.text for word in plain):
        found.append(finding("P101", file, key.line, f"The key {shown(key.text)} has an empty value, or no name."))
        return None
    return _named(" ".join(key.text.split()), plain, key.line, listed or len(plain) > 1)


def _comma_list(key: str, word: Word) -> tuple[Word, ...]:
    if key in NO_COMMA_LIST or "," not in word.text:
        return (word,)
    return tuple(Word(part.strip(), word.line) for part in word.text.split(","))


def _named(key: str, values: tuple[Word, ...], line: int, listed: bool) -> Entry:
    first, _, rest = key.partition(" ")
    if first in ("unless", "and") and rest:
        return Entry(rest, values, line, door=True, opens=first == "unless", listed=listed)
    return Entry(key, values, line, listed=listed)


def _statement(entries: list[Entry], file: str, found: list[Diagnostic]) -> list[Statement]:
    if not entries:
        return []
    seen: set[tuple[str, bool]] = set()
    kept = []
    for entry in entries:
        if (entry.key, entry.door) in seen:
            found.append(finding("P103", file, entry.line, f"{shown(entry.key)} is said a second time in one statement."))
        else:
            kept.append(entry)
        seen.add((entry.key, entry.door))
    return [Statement(kept[0], tuple(kept[1:]), file, kept[0].line)]


def _table(chunk: str, file: str, first_line: int, found: list[Diagnostic]) -> list[Statement]:
    rows = [(first_line + number, line.strip()) for number, line in enumerate(chunk.split("\n")) if line.strip()]
    bad = next((number for number, line in rows if not (line.startswith("|") and line.endswith("|") and len(line) > 1)), None)
    if bad is not None or len(rows) < 3 or set(rows[1][1]) - set("|:- "):
        where = rows[0][0] if bad is None else bad
        found.append(
            finding(
                "P101",
                file,
                where,
                "A table needs a row of keys, a row of dashes and one row a promise, each between `|` signs.",
            )
        )
        return []
    keys = _cells(rows[0][1])
    statements = []
    for line, text in rows[2:]:
        cells = _cells(text)
        if len(cells) != len(keys) or not keys[0] or not cells[0]:
            found.append(
                finding(
                    "P101",
                    file,
                    line,
                    f"The row has {counted(len(cells), 'cell')}, its table {counted(len(keys), 'key')}, or its first cell is empty.",
                )
            )
            continue
        entries = [
            _named(key, tuple(word for word in _comma_list(key, Word(cell, line)) if word.text), line, "," in cell)
            for key, cell in zip(keys, cells, strict=True)
            if cell and key
        ]
        statements += _statement([entry for entry in entries if entry.values], file, found)
    return statements


def _cells(row: str) -> list[str]:
    return [" ".join(cell.split()) for cell in row[1:-1].split("|")]
