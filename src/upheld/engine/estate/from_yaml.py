"""Estate files become the Estate: one YAML text per store, read with line numbers, every fault collected.

Reads shapes and words only; whether links, keys and categories fit each other and the live schema is `check`'s. What
cannot be read is left out of the Estate and noted, so that one slip does not hide the next. Pure: texts are handed in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import yaml

from upheld.engine.estate.model import Backup, Engine, Estate, Identifier, ObjectsMap, OwningLink, StoreMap, Table, TriggerRule
from upheld.engine.estate.tables_from_yaml import read_aggregate, read_anonymous, read_columns, read_links, read_shared
from upheld.engine.estate.yaml_nodes import (
    Map,
    Node,
    Page,
    entries,
    is_null,
    line_of,
    number_of,
    read_page,
    text_of,
    texts_of,
    word_of,
)
from upheld.language.diagnostic import Diagnostic

STORE_WORDS = (
    "store", "engine", "url", "place", "kind", "tables", "placeholders", "max-shared", "expand", "large",
    "not-covered", "handled-by", "region", "attested", "compact", "backup", "derived", "replica",
)  # fmt: skip
OBJECTS_WORDS = ("store", "kind", "url", "place", "handled-by")
BACKUP_WORDS = ("kept-days", "isolated", "files", "of")
TABLE_WORDS = (
    "root", "key", "identifies", "columns", "links", "shared", "triggers", "erasure", "soft-delete",
    "placeholders", "schema", "no-owner", "record", "anonymous", "aggregate", "closing", "tenant",
)  # fmt: skip
ENGINES: tuple[Engine, ...] = ("postgresql", "sqlite", "mariadb")
KINDS: tuple[Literal["primary", "derived", "backup"], ...] = ("primary", "derived", "backup")
ERASURES: tuple[Literal["delete", "blank", "cut"], ...] = ("delete", "blank", "cut")
COMPACTS: tuple[Literal["by-verb", "after-erasure"], ...] = ("by-verb", "after-erasure")
NAMES: tuple[Literal["several", "one"], ...] = ("several", "one")
_ENV = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*\Z")
_SQLITE = re.compile(r"sqlite:///[^?@]+\Z")
_COUNTRY = re.compile(r"[A-Z]{2}\Z")


def read_estate(sources: Mapping[str, str]) -> tuple[Estate, tuple[Diagnostic, ...]]:
    """The Estate of these files (name → text), and every fault of their shape, by file and line.

    Errors leave the faulty part out: the Estate is then for further checks only, never for a plan. Cost: linear; 300
    tables take about 0.1 s. Files are taken in order of name, so that the order of `sources` changes nothing.
    """
    stores: dict[str, StoreMap] = {}
    objects: dict[str, ObjectsMap] = {}
    findings: list[Diagnostic] = []
    for file in sorted(sources):
        page = Page(file)
        kept = _objects(page, sources[file])
        if kept is not None:
            objects[kept.store] = kept
            findings.extend(page.findings)
            continue
        store = _store(page, sources[file])
        if store and store.store in stores:
            other = stores[store.store].file
            page.fault("E105", store.line, f"`{store.store}` is also the store of {other}.", "Give each store one file.")
        elif store:
            stores[store.store] = store
        findings.extend(page.findings)
    return Estate(stores, objects), tuple(sorted(findings))


def _objects(page: Page, text: str) -> ObjectsMap | None:
    """A file of `kind: objects`; None where the file maps a database, whose faults are told elsewhere."""
    node = read_page(Page(page.file), text)
    if not isinstance(node, yaml.MappingNode):
        return None
    if not any(key.value == "kind" and value.value == "objects" for key, value in node.value):
        return None
    found = entries(page, node, "the file", OBJECTS_WORDS)
    name = _needed(page, found, "store")
    line = line_of(found["store"][0]) if "store" in found else 1
    return ObjectsMap(
        name or page.file, _url(page, found), _place(page, found, "place"), page.file, _text(page, found, "handled-by"), line
    )


def _store(page: Page, text: str) -> StoreMap | None:
    node = read_page(page, text)
    if node is None:
        return None
    found = entries(page, node, "the file", STORE_WORDS)
    name = _needed(page, found, "store")
    engine = found.get("engine")
    kind = found.get("kind")
    for word in ("engine", "kind", "tables"):
        if word not in found:
            page.fault("E103", node, f"The file has no `{word}:`.", _NEEDED[word])
    tables = _tables(page, found)
    return StoreMap(
        store=name or page.file,
        engine=word_of(page, engine[1], "`engine`", ENGINES) if engine else "postgresql",
        url=_url(page, found),
        place=_place(page, found, "place"),
        kind=word_of(page, kind[1], "`kind`", KINDS) if kind else "primary",
        tables=_with_targets(tables),
        file=page.file,
        placeholders=_list(page, found, "placeholders"),
        max_shared=_number(page, found, "max-shared", 1, 1000, 3),
        expand=_number(page, found, "expand", 1, 3, 1),
        not_covered=_reasons(page, found, "not-covered"),
        derived=_list(page, found, "derived"),
        replica=_replica(page, found),
        large=_list(page, found, "large"),
        handled_by=_text(page, found, "handled-by"),
        line=line_of(found["store"][0]) if "store" in found else 1,
        region=_place(page, found, "region") if "region" in found else "",
        attested=_reasons(page, found, "attested"),
        compact=word_of(page, found["compact"][1], "`compact`", COMPACTS) if "compact" in found else "by-verb",
        backup=_backup(page, found),
    )


_NEEDED = {
    "store": "Add `store:` with the name that promises and links use for it.",
    "engine": "Add `engine: postgresql`, `sqlite` or `mariadb`.",
    "url": "Add `url: env:NAME`, the environment variable that holds the address.",
    "place": "Add `place:` with the two-letter code of the country where the store stands.",
    "kind": "Add `kind: primary`, `derived` or `backup`.",
    "tables": "Add `tables:` with one entry per table.",
}


def _needed(page: Page, found: Map, word: str) -> str:
    if word not in found:
        page.fault("E103", 1, f"The file has no `{word}:`.", _NEEDED[word])
        return ""
    return text_of(page, found[word][1], f"`{word}`")


def _text(page: Page, found: Map, word: str) -> str:
    return text_of(page, found[word][1], f"`{word}`") if word in found else ""


def _replica(page: Page, found: Map) -> str:
    said = _text(page, found, "replica")
    if said and not _ENV.match(said):
        page.fault("E106", found["replica"][1], "`replica` is no environment variable.", "Write `replica: env:NAME`.")
        return ""
    return said


def _list(page: Page, found: Map, word: str) -> tuple[str, ...]:
    return texts_of(page, found[word][1], f"`{word}`") if word in found else ()


def _backup(page: Page, found: Map) -> Backup | None:
    if "backup" not in found:
        return None
    said = entries(page, found["backup"][1], "`backup`", BACKUP_WORDS)
    if "kept-days" not in said:
        page.fault(
            "E103",
            found["backup"][1],
            "`backup` does not say how long a backup is kept.",
            "Add `kept-days:`, a number of days.",
        )
    files = _text(page, said, "files")
    if files and not _ENV.match(files):
        page.fault("E106", said["files"][1], "`files` of `backup` is no environment variable.", "Write `files: env:NAME`.")
    return Backup(_number(page, said, "kept-days", 1, 36_525, 1), _text(page, said, "isolated"), files, _text(page, said, "of"))


def _number(page: Page, found: Map, word: str, low: int, high: int, absent: int) -> int:
    return number_of(page, found[word][1], f"`{word}`", low, high) if word in found else absent


def _url(page: Page, found: Map) -> str:
    url = _needed(page, found, "url")
    if not url or _ENV.match(url) or _SQLITE.match(url):
        return url
    # The address itself is never repeated: it may be the secret.
    page.fault(
        "E106",
        found["url"][1],
        "An estate file is read by many and kept in version control; an address may hold a password.",
        "Write `url: env:NAME` and put the address into that environment variable.",
    )
    return ""


def _place(page: Page, found: Map, word: str) -> str:
    place = _needed(page, found, word)
    if place and not _COUNTRY.match(place):
        page.fault("E104", found[word][1], f"`{word}` is `{place}`.", "Use the two-letter code of a country, as `IE`.")
        return ""
    return place


def _reasons(page: Page, found: Map, word: str) -> dict[str, str]:
    if word not in found:
        return {}
    reasons = {}
    for name, (key, value) in entries(page, found[word][1], f"`{word}`").items():
        reasons[name] = text_of(page, value, f"the reason of `{name}`")
        if not reasons[name].strip():
            page.fault("E109", key, f"`{name}` stands under `{word}` without a reason.", f"Write why: `{name}: reason`.")
    return reasons


# ---- tables --------------------------------------------------------------------------------------------------------


def _tables(page: Page, found: Map) -> dict[str, Table]:
    if "tables" not in found or is_null(found["tables"][1]):
        return {}
    return {
        name: _table(page, name, key, value) for name, (key, value) in entries(page, found["tables"][1], "`tables`").items()
    }


def _table(page: Page, name: str, key: yaml.ScalarNode, node: Node) -> Table:
    found = entries(page, node, f"table `{name}`", TABLE_WORDS)
    columns, undetermined = read_columns(page, name, found.get("columns", (None, None))[1])
    owning, identity = read_links(page, name, found.get("links", (None, None))[1])
    erasure = found.get("erasure")
    if "columns" not in found:
        page.fault("E103", key, f"Table `{name}` has no `columns:`.", "List every column with what it holds.")
    if "no-owner" in found and not _text(page, found, "no-owner").strip():
        page.fault("E109", found["no-owner"][0], f"`{name}` has `no-owner` without a reason.", "Write why: `no-owner: reason`.")
    return Table(
        name=name,
        key=_list(page, found, "key"),
        columns=columns,
        root=_text(page, found, "root") or None,
        identifies=_identifies(page, name, found),
        owning=owning,
        identity=identity,
        shared=read_shared(page, name, found.get("shared", (None, None))[1]),
        triggers=_triggers(page, name, found),
        erasure=word_of(page, erasure[1], "`erasure`", ERASURES) if erasure else "delete",
        soft_delete=_text(page, found, "soft-delete") or None,
        placeholders=_list(page, found, "placeholders"),
        line=line_of(key),
        schema=_text(page, found, "schema") or None,
        no_owner=_text(page, found, "no-owner"),
        record=_text(page, found, "record"),
        tenant=_text(page, found, "tenant"),
        undetermined=undetermined,
        anonymous=read_anonymous(page, name, {c.name for c in columns}, found.get("anonymous", (None, None))[1]),
        aggregate=read_aggregate(page, name, {c.name for c in columns}, found.get("aggregate", (None, None))[1]),
        closing=_closing(page, name, {c.name for c in columns}, found),
    )


def _closing(page: Page, table: str, columns: set[str], found: Map) -> dict[str, str]:
    if "closing" not in found:
        return {}
    said = {}
    for column, (key, value) in entries(page, found["closing"][1], f"`closing` of `{table}`").items():
        if column not in columns:
            page.fault("E112", key, f"`{column}` is no column of `{table}`.", "Name a column that stands under `columns:`.")
            continue
        said[column] = "empty" if is_null(value) else text_of(page, value, f"`{column}`")
    return said


def _identifies(page: Page, table: str, found: Map) -> tuple[Identifier, ...]:
    if "identifies" not in found:
        return ()
    result = []
    for column, (key, value) in entries(page, found["identifies"][1], f"`identifies` of `{table}`").items():
        said = entries(page, value, f"identifier `{column}`", ("form", "names"))
        for word, help in (("form", "Add `form: email/1`."), ("names", "Add `names: one` or `names: several`.")):
            if word not in said:
                page.fault("E103", key, f"Identifier `{column}` of `{table}` has no `{word}`.", help)
        names = word_of(page, said["names"][1], "`names`", NAMES) if "names" in said else "several"
        result.append(Identifier(column, _text(page, said, "form"), names))
    return tuple(result)


def _triggers(page: Page, table: str, found: Map) -> tuple[TriggerRule, ...]:
    if "triggers" not in found:
        return ()
    rules = []
    for name, (key, value) in entries(page, found["triggers"][1], f"`triggers` of `{table}`").items():
        if isinstance(value, yaml.ScalarNode):
            if word_of(page, value, f"trigger `{name}`", ("blocks", "harmless", "copies-to")) == "blocks":
                rules.append(TriggerRule(name, "blocks"))
                continue
            page.fault("E109", value, f"Trigger `{name}` says `{value.value}` and no more.", _TRIGGER_HELP)
            continue
        said = entries(page, value, f"trigger `{name}`", ("blocks", "harmless", "copies-to"))
        for rule, (_, node) in said.items():
            text = text_of(page, node, f"`{rule}`")
            if rule == "copies-to":
                rules.append(TriggerRule(name, "copies-to", target=text))
            else:
                rules.append(TriggerRule(name, "blocks" if rule == "blocks" else "harmless", reason=text))
            if not text.strip() and rule != "blocks":
                page.fault("E109", key, f"Trigger `{name}` says `{rule}` and no more.", _TRIGGER_HELP)
    return tuple(rules)


_TRIGGER_HELP = "Write `harmless: reason`, `copies-to: table` or `blocks`."


def _with_targets(tables: dict[str, Table]) -> dict[str, Table]:
    # A link without `to:` means its parent's key; the parent may stand further down in the file.
    return {
        name: replace(table, owning=tuple(_target(link, tables) for link in table.owning)) for name, table in tables.items()
    }


def _target(link: OwningLink, tables: Mapping[str, Table]) -> OwningLink:
    if link.parent_columns or link.parent not in tables:
        return link
    return replace(link, parent_columns=tables[link.parent].key)
