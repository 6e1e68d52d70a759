"""Findings of a scan become the text of an estate file: one entry a column, each with its degree and reason as a comment.

The text reads back with `read_estate`. It holds names of the schema and counts, never a value. An undetermined column is
written as such, and `check` refuses the file there (E107).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from upheld.engine.estate.model import StoreCatalogue
from upheld.language.diagnostic import counted

if TYPE_CHECKING:
    from upheld.engine.stores.scanning.model import Finding

NARROW, WIDE = 40, 60  # characters before a comment: at least, and at most where entries are long
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "undetermined"}


def draft(store: str, catalogue: StoreCatalogue, place: str, found: Sequence[Finding], sample: int) -> str:
    """The whole file."""
    lines = [
        f"# Drafted from the live schema and up to {counted(sample, 'row')} a table; no value was kept.",
        "# proven: the schema or a validator says so · likely: to be confirmed · undetermined: to be said by you, `check` fails until then.",
        f"store: {_name(store)}",
        f"engine: {catalogue.engine}",
        f"url: env:UPHELD_{re.sub(r'[^A-Za-z0-9]', '_', store).upper()}_URL",
        f"place: {place}",
        "kind: primary",
    ]
    left_out = [finding for finding in found if finding.left_out]
    others = [table for table in catalogue.tables.values() if table.kind in ("materialised view", "foreign")]
    if left_out or others:
        lines.append("not-covered:")
        lines += [f"  {_name(finding.live.name)}: {json.dumps(finding.left_out)}" for finding in left_out]
        lines += [f"  {_name(table.name)}: {json.dumps(f'a {table.kind}: say how it is refreshed')}" for table in others]
    lines.append("tables:" if len(left_out) < len(found) else "tables: {}")
    for finding in found:
        if not finding.left_out:
            lines += ["", *_table(finding)]
    return "\n".join(lines) + "\n"


def _table(finding: Finding) -> list[str]:
    live = finding.live
    # With its schema, where that is another than the connection's: two schemas may each have a table of the name.
    lines = [_said(f"  {_name(live.name)}:", f"about {counted(live.estimate, 'row')}" if live.estimate else "")]
    if finding.root:
        lines.append(_said(f"    root: {finding.root}", f"likely: {finding.root_why}"))
    lines.append(f"    key: [{', '.join(map(_name, live.primary_key))}]")
    if finding.identifies:
        lines.append("    identifies:")
        lines += [
            _said(f"      {_name(column)}: {{form: email/1, names: {names}}}", "one: no two sampled rows share an address" if names == "one" else "")
            for column, names in finding.identifies.items()
        ]  # fmt: skip
    lines += _links(finding)
    for trigger in live.triggers:
        lines.append(
            f"    # trigger {trigger.name} on {', '.join(trigger.events)}: declare it under `triggers:`, else `check` fails (E306)"
        )
    lines.append("    columns:")
    entries = [f"      {_name(column.name)}: {finding.columns[column.name].entry or 'undetermined'}" for column in live.columns]
    width = min(max(map(len, [*entries, " " * NARROW])), WIDE)
    for column, entry in zip(live.columns, entries, strict=True):
        guess = finding.columns[column.name]
        lines.append(_said(entry, f"{guess.degree}: {guess.why}", width))
    return lines


def _links(finding: Finding) -> list[str]:
    if not finding.links and not finding.identity:
        return []
    lines = ["    links:"]
    for link in finding.links:
        role = f", as: {link.role}" if link.role != "owner" else ""
        columns = f"columns: [{', '.join(map(_name, link.columns))}], "
        targets = f", to: [{', '.join(map(_name, link.targets))}]"
        lines.append(_said(f"      - {{{columns}owning: {_name(link.parent)}{targets}{role}}}", link.why))
    for column, kind in finding.identity.items():
        lines.append(
            _said(f"      - {{columns: [{_name(column)}], identity: {kind}, form: email/1}}", "likely: an e-mail address")
        )
    if any(link.role != "owner" for link in finding.links):
        lines.append(
            "    # two owners: add `shared:` with access and erasure for each, or drop a link that is not an owner's (E206)"
        )
    return lines


def _name(name: str) -> str:
    return name if _PLAIN.match(name) and name.lower() not in _WORDS else json.dumps(name, ensure_ascii=False)


def _said(entry: str, comment: str, width: int = NARROW) -> str:
    return f"{entry:<{width}}  # {comment}" if comment else entry
