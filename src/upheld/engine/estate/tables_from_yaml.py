"""The `columns:`, `links:` and `shared:` of a table become roles, owning links, identity links and rules of two owners.

A column that says nothing, or `undetermined`, gets no role: it is handed back by line, and `check` refuses it (E107). There
is no default: a guess here would decide over a person's data. `links` is by column (`customer_id: {owning: customers}`) or,
for several columns, a list with `columns` and `to`; one column may hold several links, told apart by `when`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import yaml

from upheld.engine.estate.model import (
    ANY_MEMBER,
    Aggregate,
    Anonymous,
    Category,
    Coarse,
    Column,
    Event,
    FreeText,
    IdentityLink,
    JsonPaths,
    Key,
    NotPersonal,
    OwningLink,
    Role,
    SharedRule,
)
from upheld.engine.estate.yaml_nodes import (
    Map,
    Node,
    Page,
    entries,
    is_null,
    items_of,
    line_of,
    number_of,
    text_of,
    texts_of,
    word_of,
)
from upheld.language.terms import ALIASES

MAIN_WORDS = ("category", "key", "free-text", "event", "not-personal", "json")
ROLE_WORDS = (*MAIN_WORDS, "others", "leaf", "fact", "period", "file")
LINK_WORDS = ("owning", "identity", "columns", "to", "as", "when", "form")
FREE_TEXT: tuple[Literal["review", "never-names-others"], ...] = ("review", "never-names-others")
ACCESS: tuple[Literal["none", "full"], ...] = ("none", "full")
SHARED_ERASURE: tuple[Literal["keep", "blank-mine", "delete-when-last"], ...] = ("keep", "blank-mine", "delete-when-last")
_COARSE = re.compile(r"(as-is|year|month|decade|(first|band) ([1-9][0-9]{0,8}))\Z")
GROUP_MOST = 1_000_000
_PATH = re.compile(rf"\$(\[\*\])*(\.({ANY_MEMBER})(\[\*\])*)+\Z")
_WITHOUT = re.compile(r"without \[([^\[\]]*)\]\Z")


def read_columns(page: Page, table: str, node: Node | None) -> tuple[tuple[Column, ...], Mapping[str, int]]:
    """The columns in file order, and the lines of those that are named but not classified."""
    columns = []
    undetermined = {}
    for name, (key, value) in entries(page, node, f"`columns` of `{table}`").items():
        if is_null(value) or (isinstance(value, yaml.ScalarNode) and value.value == "undetermined"):
            undetermined[name] = line_of(key)
            continue
        role = _role(page, f"{table}.{name}", value)
        if role is not None:
            beside = [_beside(page, value, word) for word in ("fact", "period", "file")]
            columns.append(Column(name, role, line_of(key), *beside))
        else:
            undetermined[name] = line_of(key)
    return tuple(columns), undetermined


def _beside(page: Page, node: Node, word: str) -> str:
    """What a column supplies to promises, said beside its role."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == word:
                return text_of(page, value, f"`{word}`")
    return ""


def _role(page: Page, where: str, node: Node, inside: bool = False) -> Role | None:
    if isinstance(node, yaml.ScalarNode):
        return Key() if node.value == "key" else Category(_leaf(node.value))
    found = entries(page, node, f"`{where}`", ROLE_WORDS)
    mains = [word for word in MAIN_WORDS if word in found]
    if len(mains) != 1:
        page.fault("E104", node, f"`{where}` says {len(mains)} things of what it holds.", _ROLE_HELP)
        return None
    if ("others" in found and mains != ["json"]) or ("leaf" in found and mains[0] not in ("free-text", "event")):
        page.fault("E104", node, f"`{where}` has an entry that does not go with `{mains[0]}`.", _ROLE_HELP)
    if mains == ["json"] and inside:
        # Also ends an alias that leads back to its own document.
        page.fault("E104", node, f"`{where}` is a document inside a document.", _PATH_HELP)
        return None
    if mains == ["json"]:
        return _json(page, where, found)
    return _plain(page, where, mains[0], found)


_ROLE_HELP = "Write `key`, a category, or one of `{free-text: review}`, `{event: name}`, `{not-personal: reason}`, `{json: {…}, others: {…}}`; `fact:` and `period:` may stand beside it."


def _leaf(word: str) -> str:
    """A category's own name; short forms (`email`) are those of the promise language."""
    return ALIASES.get(("data", word), word)


def _plain(page: Page, where: str, main: str, found: Map) -> Key | Category | FreeText | Event | NotPersonal:
    node = found[main][1]
    leaf = _leaf(text_of(page, found["leaf"][1], "`leaf`")) if "leaf" in found else ""
    if main == "free-text":
        rule = word_of(page, node, f"`free-text` of `{where}`", FREE_TEXT)
        return FreeText(rule, leaf or "own-writing")
    said = text_of(page, node, f"`{main}` of `{where}`")
    if main == "key":
        return Key()
    if main == "category":
        if not said:
            page.fault("E103", node, f"`{where}` is of a category without a name.", "Write `category: name`, or only the name.")
        return Category(_leaf(said))
    if main == "event":
        if not said:
            page.fault("E103", node, f"`{where}` is an event without a name.", "Write `event: name`, as promises call it.")
        return Event(said, leaf or None)
    if not said.strip():
        page.fault("E109", node, f"`{where}` is not personal without a reason.", "Write `{not-personal: reason}`.")
    return NotPersonal(said)


def _json(page: Page, where: str, found: Map) -> JsonPaths | None:
    paths: dict[str, Category | FreeText | NotPersonal] = {}
    for path, (key, value) in entries(page, found["json"][1], f"`json` of `{where}`").items():
        if not _PATH.match(path) or '"[*]"' in path:
            page.fault(
                "E113",
                key,
                f"`{path}` is not a path of members.",
                "Write it as `$.contact.email`, `$.contacts[*].email` of every element, `$[*].email` where the document is an array; a name that is no "
                """plain word in quotes: `'$."first name"'`.""",
            )
            continue
        role = _role(page, f"{where} {path}", value, inside=True)
        if isinstance(role, Category | FreeText | NotPersonal):
            paths[path] = role
        elif role is not None:
            page.fault("E104", value, f"A path of `{where}` is a key, event or document.", _PATH_HELP)
    others = _role(page, f"{where} others", found["others"][1], inside=True) if "others" in found else None
    if not isinstance(others, FreeText | NotPersonal):
        page.fault("E103", found["json"][0], f"`{where}` does not say what its other members are.", _OTHERS_HELP)
        return None
    return JsonPaths(paths, others)


_PATH_HELP = "A path is a category, `{free-text: …}` or `{not-personal: reason}`."
_OTHERS_HELP = "Add `others: {not-personal: reason}` or `others: {free-text: review}` beside `json`."


# ---- links and owners ----------------------------------------------------------------------------------------------


def read_links(page: Page, table: str, node: Node | None) -> tuple[tuple[OwningLink, ...], tuple[IdentityLink, ...]]:
    """Owning and identity links, in file order."""
    owning: list[OwningLink] = []
    identity: list[IdentityLink] = []
    for columns, at, said in _said(page, table, node):
        found = entries(page, said, f"a link of `{table}`", LINK_WORDS)
        columns = columns or (texts_of(page, found["columns"][1], "`columns`") if "columns" in found else ())
        line = line_of(at)
        if "owning" in found and "identity" not in found and columns:
            owning.append(_owning(page, table, columns, found, line))
        elif "identity" in found and "owning" not in found and len(columns) == 1:
            identity.append(_identity(page, table, columns[0], found, line))
        else:
            page.fault("E104", at, f"A link of `{table}` cannot be read.", _LINK_HELP)
    return tuple(owning), tuple(identity)


_LINK_HELP = (
    "Write `column: {owning: table}`, `column: {identity: kind, form: email/1}`, or for several columns "
    "a list item `{columns: [a, b], owning: table}`."
)


def _said(page: Page, table: str, node: Node | None) -> list[tuple[tuple[str, ...], Node, Node]]:
    if node is None or is_null(node):
        return []
    if isinstance(node, yaml.SequenceNode):
        return [((), item, item) for item in node.value]
    found = entries(page, node, f"`links` of `{table}`")
    return [((name,), key, item) for name, (key, value) in found.items() for item in items_of(value)]


def _owning(page: Page, table: str, columns: tuple[str, ...], found: Map, line: int) -> OwningLink:
    return OwningLink(
        columns=columns,
        parent=text_of(page, found["owning"][1], "`owning`"),
        parent_columns=texts_of(page, found["to"][1], "`to`") if "to" in found else (),
        role=text_of(page, found["as"][1], "`as`") if "as" in found else "owner",
        when=_when(page, table, found),
        line=line,
    )


def _when(page: Page, table: str, found: Map) -> tuple[str, str] | None:
    if "when" not in found:
        return None
    said = entries(page, found["when"][1], f"`when` of `{table}`")
    if len(said) != 1:
        page.fault(
            "E104", found["when"][0], f"`when` of a link of `{table}` is not one column.", "Write `when: {type: Customer}`."
        )
        return None
    [(column, (_, value))] = said.items()
    return column, text_of(page, value, "`when`")


def _identity(page: Page, table: str, column: str, found: Map, line: int) -> IdentityLink:
    if "form" not in found:
        page.fault("E103", line, f"Identity link `{column}` of `{table}` has no `form`.", "Add `form: email/1`.")
    return IdentityLink(
        column=column,
        kind=text_of(page, found["identity"][1], "`identity`"),
        form=text_of(page, found["form"][1], "`form`") if "form" in found else "",
        role=text_of(page, found["as"][1], "`as`") if "as" in found else "owner",
        line=line,
    )


def read_shared(page: Page, table: str, node: Node | None) -> dict[str, SharedRule]:
    """What each owner of a two-owner row may see and erase, by role. Nothing here has a default but `mine`."""
    rules = {}
    for role, (key, value) in entries(page, node, f"`shared` of `{table}`").items():
        found = entries(page, value, f"`{role}` in `shared` of `{table}`", ("access", "erasure", "mine"))
        for word, help in _SHARED_HELP.items():
            if word not in found:
                page.fault("E103", key, f"Owner `{role}` of `{table}` has no `{word}`.", help)
        access, without = _access(page, found["access"][1]) if "access" in found else ("none", ())
        rules[role] = SharedRule(
            access=access,
            without=without,
            erasure=word_of(page, found["erasure"][1], "`erasure`", SHARED_ERASURE) if "erasure" in found else "keep",
            mine=texts_of(page, found["mine"][1], "`mine`") if "mine" in found else (),
        )
    return rules


_SHARED_HELP = {
    "access": "Add `access: full`, `access: none` or `access: {without: [column]}`.",
    "erasure": "Add `erasure: keep`, `blank-mine` or `delete-when-last`.",
}


def _access(page: Page, node: Node) -> tuple[Literal["full", "none"], tuple[str, ...]]:
    if isinstance(node, yaml.MappingNode):
        found = entries(page, node, "`access`", ("without",))
        return "full", texts_of(page, found["without"][1], "`without`") if "without" in found else ()
    word = text_of(page, node, "`access`")
    listed = _WITHOUT.match(word)
    if listed:
        return "full", tuple(name.strip() for name in listed[1].split(",") if name.strip())
    return word_of(page, node, "`access`", ACCESS), ()


# ---- endings that leave something ----------------------------------------------------------------------------------


def read_anonymous(page: Page, table: str, columns: set[str], node: Node | None) -> Anonymous | None:
    """What stays of an anonymised row; None where the table says nothing of it, and then nothing personal stays."""
    if node is None:
        return None
    what = f"`anonymous` of `{table}`"
    found = entries(page, node, what, ("quasi", "sensitive", "group", "diversity"))
    sensitive = texts_of(page, found["sensitive"][1], "`sensitive`") if "sensitive" in found else ()
    for column in sensitive:
        _mapped(page, table, column, columns, found["sensitive"][1])
    if sensitive and "diversity" not in found:
        page.fault(
            "E103", node, f"{what} has `sensitive` and no `diversity`.", "Say how many different values a group must hold."
        )
    return Anonymous(
        quasi=_coarse(page, table, columns, found, "quasi"),
        sensitive=sensitive,
        group=number_of(page, found["group"][1], "`group`", 2, GROUP_MOST) if "group" in found else 0,
        diversity=number_of(page, found["diversity"][1], "`diversity`", 1, GROUP_MOST) if "diversity" in found else 1,
    )


def read_aggregate(page: Page, table: str, columns: set[str], node: Node | None) -> Aggregate | None:
    """Where rows that end are counted, and by what; None where the table says nothing of it."""
    if node is None:
        return None
    what = f"`aggregate` of `{table}`"
    found = entries(page, node, what, ("into", "by", "count", "group"))
    for word in ("into", "by", "count"):
        if word not in found:
            page.fault("E103", node, f"{what} has no `{word}`.", "Write `{into: table, by: {column: as-is}, count: column}`.")
    return Aggregate(
        into=text_of(page, found["into"][1], "`into`") if "into" in found else "",
        by=_coarse(page, table, columns, found, "by"),
        count=text_of(page, found["count"][1], "`count`") if "count" in found else "",
        group=number_of(page, found["group"][1], "`group`", 2, GROUP_MOST) if "group" in found else 0,
    )


def _coarse(page: Page, table: str, columns: set[str], found: Map, word: str) -> tuple[tuple[str, Coarse], ...]:
    """Columns, each with how its values are made coarser."""
    said: list[tuple[str, Coarse]] = []
    for column, (key, value) in (entries(page, found[word][1], f"`{word}`") if word in found else {}).items():
        _mapped(page, table, column, columns, key)
        text = text_of(page, value, f"`{column}`")
        match = _COARSE.match(text)
        if match is None:
            page.fault("E104", value, f"`{column}` is to become `{text}`.", _COARSE_HELP)
            continue
        said.append((column, Coarse(match[2], int(match[3])) if match[2] else Coarse(match[1])))  # type: ignore[arg-type]
    return tuple(said)


_COARSE_HELP = "Write `as-is`, `year`, `month`, `decade`, `first 2` (letters) or `band 10` (numbers)."


def _mapped(page: Page, table: str, column: str, columns: set[str], node: Node) -> None:
    if column not in columns:
        page.fault("E112", node, f"`{column}` is no column of `{table}`.", "Name a column that stands under `columns:`.")
