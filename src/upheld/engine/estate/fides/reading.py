"""The text of a Fides dataset file becomes frozen datasets, every fault with its line; keys that Fides ignores are ignored here.

`fidesops_meta` is the older name of `fides_meta`. Source: the published schema of fideslang 3 (Dataset, DatasetCollection, DatasetField and their metadata).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import yaml

from upheld.engine.estate.fides.codes import fault, nearest
from upheld.language.diagnostic import Diagnostic

KEY = re.compile(r"[A-Za-z0-9_.<>-]+\Z")
DIRECTIONS = ("from", "to")
DEEPEST = 60
Node = yaml.Node


@dataclass(frozen=True, slots=True)
class Reference:
    """A field of another collection that this one stands for. `direction`: `from`, `to`, or empty."""

    dataset: str
    collection: str
    field: str
    direction: str
    line: int


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    line: int
    categories: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    identity: str = ""
    primary_key: bool = False
    data_type: str = ""
    read_only: bool = False
    masking: str = ""
    custom_request: str = ""
    fields: tuple[Field, ...] = ()
    subjects: tuple[str, ...] = ()
    redacted: bool = False

    @property
    def is_list(self) -> bool:
        """Whether a value is a list of such values."""
        return self.data_type.endswith("[]")


@dataclass(frozen=True, slots=True)
class Collection:
    name: str
    line: int
    fields: tuple[Field, ...]
    after: tuple[str, ...] = ()
    skipped: bool = False
    masking: str = ""
    partitioned: bool = False
    subjects: tuple[str, ...] = ()
    redacted: bool = False


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset of a file: its collections, and what is said of it as a whole."""

    key: str
    line: int
    collections: tuple[Collection, ...]
    name: str = ""
    after: tuple[str, ...] = ()
    namespace: tuple[tuple[str, str], ...] = ()
    subjects: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()  # of the dataset and of whatever is in it
    redacted: bool = False


@dataclass(slots=True)
class _Page:
    file: str
    findings: list[Diagnostic] = field(default_factory=list)
    uses: list[str] = field(default_factory=list)  # of the dataset that is being read

    def fault(self, code: str, node: Node | int, detail: str, help: str, suggestion: str | None = None) -> None:
        line = node if isinstance(node, int) else _line(node)
        self.findings.append(fault(code, self.file, line, detail, help, suggestion))


def read_datasets(text: str, file: str) -> tuple[tuple[Dataset, ...], tuple[Diagnostic, ...]]:
    """The datasets of one file, and every fault (E501 to E506) by line. Never raises: any text has an answer."""
    page = _Page(file)
    root = _composed(page, text)
    listed = _map(page, root, "the file").get("dataset") if root is not None else None
    if root is not None and listed is None and not page.findings:
        page.fault("E501", 1, "The file has no `dataset:`.", "Give a Fides dataset file; it begins with `dataset:` and a list.")
    found = [_dataset(page, node) for node in _items(page, listed, "`dataset`")] if listed is not None else []
    datasets = tuple(one for one in found if one is not None)
    _resolved(page, datasets)
    return datasets, tuple(sorted(page.findings))


def _composed(page: _Page, text: str) -> Node | None:
    if (
        text.count("[") + text.count("{") > 100_000
        or re.search(rf"(?m)^[ -]{{{DEEPEST * 8},}}\S", text)
        or re.search(r"[\[{]{60}", text)
    ):
        page.fault("E501", 1, "The file is nested deeper than any dataset.", "Give a Fides dataset file.")
        return None
    try:
        node = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        page.fault(
            "E501",
            min(mark.line + 1 if mark else 1, text.count("\n") or 1),
            f"YAML says: {error.problem or 'no document'}.",
            "Mend the YAML at this line.",
        )
        return None
    except (yaml.YAMLError, RecursionError):
        page.fault("E501", 1, "The file holds characters that YAML forbids.", "Save the file as UTF-8 text.")
        return None
    if not isinstance(node, yaml.MappingNode):
        page.fault("E501", 1, "The file does not begin with `dataset:`.", "Give a Fides dataset file.")
        return None
    return node


def _dataset(page: _Page, node: Node) -> Dataset | None:
    said = _map(page, node, "a dataset")
    page.uses = []
    key = _needed(page, node, said, "fides_key", "A dataset")
    if key and not KEY.match(key):
        page.fault(
            "E503",
            said["fides_key"],
            "`fides_key` holds letters that a key may not have.",
            "Use letters, digits, `_`, `-` and `.`.",
        )
    if "collections" not in said:
        page.fault(
            "E502", node, f"Dataset `{key}` has no `collections:`.", "List its collections, each with `name` and `fields`."
        )
        return None
    meta, subjects = _meta(page, said), _whose(page, said)
    collections = [_collection(page, one) for one in _items(page, said["collections"], "`collections`")]
    whole = tuple(one for one in collections if one is not None)
    _once(page, "collection", [(one.name, one.line) for one in whole])
    inherited = _texts(page, said.get("data_categories"), "`data_categories`")
    namespace = _map(page, meta["namespace"], "`namespace`") if "namespace" in meta else {}
    return Dataset(
        key,
        _line(node),
        tuple(_with_inherited(one, inherited) for one in whole),
        _text(page, said.get("name"), "`name`"),
        _texts(page, meta.get("after"), "`after`"),
        tuple(
            (name, _text(page, value, f"`{name}`")) for name, value in namespace.items() if isinstance(value, yaml.ScalarNode)
        ),
        subjects,
        tuple(dict.fromkeys(page.uses)),
        "redact" in meta,
    )


def _collection(page: _Page, node: Node) -> Collection | None:
    said = _map(page, node, "a collection")
    name = _needed(page, node, said, "name", "A collection")
    if "fields" not in said:
        page.fault("E502", node, f"Collection `{name}` has no `fields:`.", "List its fields, each with `name`.")
        return None
    meta = _meta(page, said)
    fields = tuple(
        one for one in (_field(page, each, 0) for each in _items(page, said["fields"], "`fields`")) if one is not None
    )
    _once(page, f"field of `{name}`", [(one.name, one.line) for one in fields])
    after = (*_texts(page, meta.get("after"), "`after`"), *_texts(page, meta.get("erase_after"), "`erase_after`"))
    for one in after:
        if one.count(".") != 1:
            page.fault("E503", node, f"`after` of `{name}` names `{one}`.", "Name a collection as `dataset.collection`.")
    made = Collection(
        name, _line(node), fields, after, _yes(page, meta.get("skip_processing"), "`skip_processing`"),
        _strategy(page, meta), "partitioning" in meta, _whose(page, said), "redact" in meta,
    )  # fmt: skip
    return _with_inherited(made, _texts(page, said.get("data_categories"), "`data_categories`"))


def _with_inherited(collection: Collection, categories: tuple[str, ...]) -> Collection:
    """Categories said above apply to every field that says none of its own."""
    if not categories:
        return collection
    return replace(collection, fields=tuple(_replaced(one, categories) for one in collection.fields))


def _replaced(one: Field, categories: tuple[str, ...]) -> Field:
    fields = tuple(_replaced(each, categories) for each in one.fields)
    return replace(one, categories=one.categories or categories, fields=fields)


def _field(page: _Page, node: Node, depth: int) -> Field | None:
    said = _map(page, node, "a field")
    name = _needed(page, node, said, "name", "A field")
    if not name or depth > DEEPEST:
        return None
    meta = _meta(page, said)
    below = tuple(
        one
        for one in (_field(page, each, depth + 1) for each in _items(page, said.get("fields"), "`fields`"))
        if one is not None
    )
    data_type = _text(page, meta.get("data_type"), "`data_type`")
    if below and data_type and data_type.removesuffix("[]") != "object":
        page.fault(
            "E506",
            node,
            f"`{name}` has fields of its own and the type `{data_type}`.",
            "Write `data_type: object`, or leave it out.",
        )
    if "return_all_elements" in meta and not data_type.endswith("[]"):
        page.fault("E506", node, f"`{name}` returns all elements and is no list.", "Write the list's type, such as `string[]`.")
    length = _text(page, meta.get("length"), "`length`")
    if length and not (length.isdigit() and int(length) > 0):
        page.fault(
            "E503", meta["length"], f"`length` of `{name}` is no whole number above 0.", "Write a number, or leave it out."
        )
    return Field(
        name, _line(node), _texts(page, said.get("data_categories"), "`data_categories`"), _references(page, name, meta.get("references")),
        _text(page, meta.get("identity"), "`identity`"), _yes(page, meta.get("primary_key"), "`primary_key`"), data_type,
        _yes(page, meta.get("read_only"), "`read_only`"), _strategy(page, meta),
        _text(page, meta.get("custom_request_field"), "`custom_request_field`"), below, _whose(page, said), "redact" in meta,
    )  # fmt: skip


def _whose(page: _Page, said: dict[str, Node]) -> tuple[str, ...]:
    """The kinds of people that are named; what the data are for is noted for the dataset as a whole (`data_purposes` is its older name)."""
    for word in ("data_uses", "data_purposes"):
        page.uses += _texts(page, said.get(word), f"`{word}`")
    return _texts(page, said.get("data_subjects"), "`data_subjects`")


def _references(page: _Page, name: str, node: Node | None) -> tuple[Reference, ...]:
    found = []
    for one in _items(page, node, "`references`"):
        said = _map(page, one, "a reference")
        dataset, target = (_needed(page, one, said, word, f"A reference of `{name}`") for word in ("dataset", "field"))
        direction = _text(page, said.get("direction"), "`direction`")
        if direction and direction not in DIRECTIONS:
            page.fault(
                "E503",
                said["direction"],
                f"`direction` of `{name}` is `{direction[:20]}`.",
                "Write `from` or `to`.",
                nearest(direction, DIRECTIONS),
            )
            continue
        collection, dot, rest = target.partition(".")
        if target and not dot:
            page.fault(
                "E503", said["field"], f"A reference of `{name}` names `{target}`.", "Name a field as `collection.field`."
            )
        elif target:
            found.append(Reference(dataset, collection, rest, direction, _line(one)))
    return tuple(found)


def _resolved(page: _Page, datasets: tuple[Dataset, ...]) -> None:
    """References into a dataset of this file must lead to a field; others are told by the draft."""
    known = {one.key: {c.name: {f.name for f in c.fields} for c in one.collections} for one in datasets}
    _once(page, "dataset", [(one.key, one.line) for one in datasets])
    for each in (f for one in datasets for c in one.collections for f in c.fields):
        for ref in each.references:
            collections = known.get(ref.dataset)
            if collections is None:
                continue
            if ref.collection not in collections:
                page.fault(
                    "E505", ref.line, f"`{each.name}` refers to `{ref.collection}`, which `{ref.dataset}` does not have.",
                    "Name a collection of the dataset.", nearest(ref.collection, collections),
                )  # fmt: skip
            elif ref.field.split(".")[0] not in collections[ref.collection]:
                page.fault(
                    "E505", ref.line, f"`{each.name}` refers to `{ref.collection}.{ref.field}`, which is no field.",
                    "Name a field of the collection.", nearest(ref.field, collections[ref.collection]),
                )  # fmt: skip


# ---- nodes -----------------------------------------------------------------------------------------------------------


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _map(page: _Page, node: Node, what: str) -> dict[str, Node]:
    if not isinstance(node, yaml.MappingNode):
        page.fault("E503", node, f"{what} is not a list of `name: value` entries.", "Write it as `name: value` entries.")
        return {}
    found: dict[str, Node] = {}
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode):
            if key.value in found:
                page.fault("E504", key, f"`{key.value}` stands twice in {what}.", "Keep one of them.")
            elif not _is_null(value):
                found[key.value] = value
    return found


def _meta(page: _Page, said: dict[str, Node]) -> dict[str, Node]:
    node = said.get("fides_meta") or said.get("fidesops_meta")
    return _map(page, node, "`fides_meta`") if node is not None else {}


def _items(page: _Page, node: Node | None, what: str) -> Iterator[Node]:
    if node is None:
        return
    if not isinstance(node, yaml.SequenceNode):
        page.fault("E503", node, f"{what} is not a list.", "Write each entry after a dash.")
        return
    yield from node.value


def _needed(page: _Page, node: Node, said: dict[str, Node], word: str, what: str) -> str:
    if word not in said:
        page.fault("E502", node, f"{what} has no `{word}:`.", f"Add `{word}:`; Fides demands it.")
        return ""
    return _text(page, said[word], f"`{word}`")


def _text(page: _Page, node: Node | None, what: str) -> str:
    if node is None:
        return ""
    if not isinstance(node, yaml.ScalarNode):
        page.fault("E503", node, f"{what} is not one word or text.", "Write one word or text.")
        return ""
    return str(node.value)


def _texts(page: _Page, node: Node | None, what: str) -> tuple[str, ...]:
    return tuple(text for one in _items(page, node, what) if (text := _text(page, one, what)))


def _yes(page: _Page, node: Node | None, what: str) -> bool:
    text = _text(page, node, what).lower()
    if text and text not in ("true", "false", "yes", "no", "on", "off"):
        page.fault("E503", node or 1, f"{what} is neither true nor false.", "Write `true` or `false`.")
    return text in ("true", "yes", "on")


def _strategy(page: _Page, meta: dict[str, Node]) -> str:
    node = meta.get("masking_strategy_override")
    return (
        _text(page, _map(page, node, "`masking_strategy_override`").get("strategy"), "`strategy`") if node is not None else ""
    )


def _once(page: _Page, what: str, names: list[tuple[str, int]]) -> None:
    seen: set[str] = set()
    for name, line in names:
        if name in seen:
            page.fault("E504", line, f"The {what} `{name}` stands twice.", "Keep one of them.")
        seen.add(name)


def _is_null(node: Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in ("", "~", "null")
