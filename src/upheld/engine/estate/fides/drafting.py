"""A Fides dataset becomes the text of an estate file, and a list of what Fides could not say.

What must be said by a person stands as `undetermined` or as a comment, and `upheld check` points there. Nothing is guessed that could harm somebody: a
reference that leads *to* another collection is no owning link, since whoever else shares that row would lose it. The text reads back by `read_estate`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from upheld.engine.estate.fides.categories import role_of
from upheld.engine.estate.fides.reading import Collection, Dataset, Field, Reference
from upheld.engine.estate.model import Engine, member

FORMS = {"email": "email/1", "phone_number": "phone/1", "phone": "phone/1"}
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "undetermined", "y", "n"})


@dataclass(frozen=True, slots=True)
class Unsaid:
    """What Fides could not say at `place` (table or table.column), and what a person has to say."""

    place: str
    why: str
    say: str


@dataclass(frozen=True, slots=True)
class Draft:
    """An estate file's text. `columns` and `undetermined` are counts."""

    store: str
    text: str
    unsaid: tuple[Unsaid, ...]
    tables: int
    columns: int
    undetermined: int


def drafted(dataset: Dataset, store: str, engine: Engine = "postgresql", place: str = "") -> Draft:
    """The draft of one dataset. `place` empty: ZZ, which a person replaces."""
    return _Drafting(dataset, store, engine, place).draft()


class _Drafting:
    """One dataset on its way into a text."""

    def __init__(self, dataset: Dataset, store: str, engine: Engine, place: str) -> None:
        self.dataset, self.store, self.engine, self.place = dataset, store, engine, place
        self.unsaid: list[Unsaid] = []
        self.columns = self.undetermined = 0
        self.kept = [one for one in dataset.collections if not one.skipped]
        self.root = self._root()
        self.forms = {_form(each) for one in self.kept if one.name == self.root for each in _identities(one)}

    def draft(self) -> Draft:
        skipped = [one for one in self.dataset.collections if one.skipped]
        lines = [
            f"# Drafted from the Fides dataset {self.dataset.key}. What Fides could not say is marked; `upheld check` lists it.",
            f"store: {self.store}",
            f"engine: {self.engine}",
            f"url: env:UPHELD_{self.store.upper().replace('-', '_')}_URL",
            f"place: {self.place or 'ZZ'}"
            + ("" if self.place else "  # Fides does not say where the store stands: write its country"),
            "kind: primary",
        ]
        if skipped:
            lines += ["not-covered:", *(f"  {_name(one.name)}: Fides skips it (skip_processing)" for one in skipped)]
        lines.append("tables:" if self.kept else "tables: {}")
        for one in self.kept:
            lines += self._table(one)
        self._general()
        return Draft(self.store, "\n".join(lines) + "\n", tuple(self.unsaid), len(self.kept), self.columns, self.undetermined)

    def _root(self) -> str:
        """The collection whose rows are most likely people: it has an identity and a key, and most others hang on it."""
        hanging = [ref.collection for one in self.kept for f in one.fields for ref in f.references if ref.direction == "from"]
        fit = [one for one in self.kept if _identities(one) and any(f.primary_key for f in one.fields)]
        best = max(fit, key=lambda one: (hanging.count(one.name), -self.kept.index(one)), default=None)
        return best.name if best else ""

    def _say(self, place: str, why: str, say: str) -> None:
        self.unsaid.append(Unsaid(place, why, say))

    # ---- one table

    def _table(self, one: Collection) -> list[str]:
        lines = [f"  {_name(one.name)}:"]
        schema = dict(self.dataset.namespace).get("schema", "")
        if schema and self.engine == "postgresql" and schema != "public":
            lines.append(f"    schema: {_name(schema)}")
        if one.name == self.root:
            lines.append("    root: customer  # likely: it has an identity, and others hang on it")
            self._say(
                one.name,
                "Fides does not say whose rows are people",
                "See that its rows are people, and name the kind of person.",
            )
        key = [f.name for f in one.fields if f.primary_key]
        if key:
            lines.append(f"    key: [{', '.join(map(_name, key))}]")
        else:
            lines.append("    # key: Fides names no primary key here; write the columns that together name one row")
            self._say(one.name, "no field is a primary key", "Write `key:` with the columns that together name one row.")
        lines += self._identities(one) + self._links(one)
        lines.append(f"    erasure: {'delete' if one.masking == 'delete' else 'blank'}")
        lines.append("    columns:" if one.fields else "    columns: {}")
        for each in one.fields:
            lines.append(f"      {self._column(one, each)}")
        if not one.fields:
            self._say(one.name, "no field of it", "Write its columns, each with what it holds.")
        subjects = tuple(dict.fromkeys((*one.subjects, *(who for each in _all(one.fields) for who in each.subjects))))
        if subjects:
            self._say(
                one.name,
                f"which rows are of which kind of person; in Fides it holds {', '.join(subjects)}",
                "Name the kind under `root:` of the table of people; here rows belong to whom the links lead from.",
            )
        if one.redacted:
            self._say(one.name, "`redact` hides its name in Fides's answers", "Nothing: see in a package how it is called.")
        if one.after:
            self._say(
                one.name, "`after` and `erase_after` order Fides's queries", "Nothing: here the order follows from the links."
            )
        if one.partitioned:
            self._say(
                one.name, "`partitioning` splits Fides's queries", "Nothing, if the table is declared `large:` where it is."
            )
        return lines

    def _identities(self, one: Collection) -> list[str]:
        if one.name != self.root:
            return []
        lines = ["    identifies:"]
        for each in _identities(one):
            lines.append(
                f"      {_name(each.name)}: {{form: {_form(each)}, names: several}}  # `one` if a value names one person"
            )
            self._say(
                f"{one.name}.{each.name}",
                f"whether one `{each.identity}` names one person or several",
                "Write `names: one` if it is unique to a person.",
            )
        return lines

    def _links(self, one: Collection) -> list[str]:
        lines = []
        if one.name != self.root and self.root:
            for each in _identities(one):
                lines.append(self._identity(one, each))
        for each in one.fields:
            for ref in each.references:
                lines += self._link(one, each, ref)
        written = [line for line in lines if not line.lstrip().startswith("#")]
        if not written:
            return [line.replace("      ", "    ", 1) for line in lines]
        return ["    links:", *_each_once(lines)]

    def _identity(self, one: Collection, each: Field) -> str:
        place = f"{one.name}.{each.name}"
        if _form(each) not in self.forms:
            self._say(
                place,
                f"who is found by its `{each.identity}`: `{self.root}` has no such identity",
                "Give the table of people an identifier of that form, or take the identity link out.",
            )
            return f"      # {each.name}: is found by {each.identity} in Fides; no table of people is"
        self._say(
            place,
            f"whether whoever has this `{each.identity}` is the same as in `{self.root}`",
            "Take the identity link out where other people are meant, and give these a `root:` of their own.",
        )
        return f"      {_name(each.name)}: {{identity: customer, form: {_form(each)}}}"

    def _link(self, one: Collection, each: Field, ref: Reference) -> list[str]:
        place, target = f"{one.name}.{each.name}", f"{ref.dataset}.{ref.collection}.{ref.field}"
        if ref.dataset != self.dataset.key:
            self._say(
                place,
                f"a reference to another dataset ({target})",
                "Between stores people are known by an identity link: name kind and form.",
            )
            return [f"      # {each.name}: refers to {target}; between stores use an identity link"]
        if ref.collection not in {kept.name for kept in self.kept}:
            self._say(place, f"a reference to `{ref.collection}`, which is skipped", "Map that table, or leave the link out.")
            return [f"      # {each.name}: refers to {ref.collection}, which is not mapped"]
        if ref.direction == "from" and "." not in ref.field:
            self._say(
                place,
                f"whether the row belongs to its `{ref.collection}`, or only knows of it",
                "See that the link is owning; rows of two people need `as:` and `shared:`.",
            )
            return [f"      {_name(each.name)}: {{owning: {_name(ref.collection)}, to: [{_name(ref.field)}]}}"]
        way = "leads on to" if ref.direction == "to" else "has no direction to or from" if not ref.direction else "goes inside"
        self._say(
            place,
            f"whose the rows of `{ref.collection}` are: the reference {way} `{ref.collection}.{ref.field}`",
            "Say whose row it is; a row that several people share must not go with one of them.",
        )
        return [f"      # {each.name}: {way} {ref.collection}.{ref.field} in Fides; say whose row that is"]

    # ---- one column

    def _column(self, one: Collection, each: Field) -> str:
        self.columns += 1
        place, name = f"{one.name}.{each.name}", _name(each.name)
        self._annotated(place, each)
        if each.identity and each.is_list and not each.fields:
            self._say(
                place,
                f"who is found by a list of `{each.identity}`",
                "A list starts no link: put its values into rows of their own.",
            )
        linked = any(ref.direction == "from" and "." not in ref.field for ref in each.references)
        if (each.primary_key or linked) and not each.identity:
            return f"{name}: key"
        if each.fields:
            return f"{name}: {self._document(one, each)}"
        role = role_of(each.categories) if not each.is_list else ""
        if role and not (each.identity and role.startswith("{")):
            return f"{name}: {role}"
        if each.identity and _form(each) != "exact/1":
            return f"{name}: {'email-address' if _form(each) == 'email/1' else 'telephone-number'}"
        return self._undetermined(place, name, each)

    def _annotated(self, place: str, each: Field) -> None:
        """What Fides does with this field and an estate does not say of a column."""
        for why, said in (
            (f"masked by `{each.masking}` in Fides", each.masking),
            ("read only in Fides: it is never changed", each.read_only),
            (f"also asked for as `{each.custom_request}`", each.custom_request),
            ("its name is hidden in Fides's answers (`redact`)", each.redacted),
        ):
            if said:
                self._say(place, why, "See what erasure does to this column: `upheld plan` shows it.")

    def _undetermined(self, place: str, name: str, each: Field) -> str:
        self.undetermined += 1
        said = ", ".join(each.categories) or "no category"
        kind = f" ({each.data_type})" if each.is_list else ""
        self._say(
            place,
            f"what it holds: Fides says {said}{kind}",
            "Write a category, `{event: name}`, `{free-text: review}` or `{not-personal: reason}`.",
        )
        return f"{name}: undetermined  # Fides: {_comment(said)}{kind}"

    def _document(self, one: Collection, each: Field) -> str:
        paths, left = [], []
        for path, below in _paths(each.fields, "$[*]" if each.is_list else "$"):
            role = role_of(below.categories) if not below.is_list else ""
            if role:
                paths.append(f"{json.dumps(path, ensure_ascii=False)}: {role}")
            else:
                left.append(path)
            self._inside(f"{one.name}.{each.name}", path, below)
        for path in left:
            self._say(
                f"{one.name}.{each.name}",
                f"what `{path}` holds",
                "Add the path with a category; until then it is free text for review.",
            )
        return "{json: {" + ", ".join(paths) + "}, others: {free-text: review}}" if paths else "{free-text: review}"

    def _inside(self, place: str, path: str, below: Field) -> None:
        """What Fides says of a member, and no member can have here."""
        self._annotated(f"{place} {path}", below)
        if below.identity:
            self._say(
                place, f"who is found by `{path}`, {below.identity} in Fides", "A member starts no link: give it a column, or a table of its own."
            )  # fmt: skip
        for ref in below.references:
            target = f"{ref.dataset}.{ref.collection}.{ref.field}"
            self._say(
                place,
                f"where `{path}` leads: to {target} in Fides",
                "A member is no link: give it a column, or a table of its own.",
            )

    # ---- what the whole dataset could not say

    def _general(self) -> None:
        if not self.root and self.kept:
            self._say(
                "",
                "no collection has an identity and a primary key",
                "Give the table of people `root:`, `key:` and `identifies:`.",
            )
        if not self.place:
            self._say("", "where the store stands", "Write `place:`, the country's two letters.")
        if self.dataset.after:
            self._say(
                "",
                f"`after` names {', '.join(self.dataset.after)}",
                "Nothing: stores that provide identities come last by themselves.",
            )
        if self.dataset.subjects:
            self._say("", f"that its people are {', '.join(self.dataset.subjects)}", "Name the kind of person under `root:`.")
        if self.dataset.uses:
            self._say(
                "",
                f"what the data are for: {', '.join(self.dataset.uses)} in Fides",
                "The notice says it: `may use:` with `for:`.",
            )
        if self.dataset.redacted:
            self._say("", "`redact` hides its name in Fides's answers", "Nothing: see in a package how the store is called.")
        for name, value in self.dataset.namespace:
            if name != "schema":
                self._say("", f"the namespace's `{name}` is `{value}`", "The store's address says it: see that it leads there.")
        for place, why, say in (
            ("events", "which moments promises count from", "Give such columns `{event: name}`."),
            (
                "triggers",
                "which triggers, rules and publications copy rows",
                "`upheld scan` lists them; declare each under `triggers:`.",
            ),
            ("shared rows", "which rows belong to two people", "Tell the links apart with `as:`, and add `shared:`."),
            ("free text", "which texts may name others", "Give them `{free-text: review}`."),
        ):
            self._say("", f"{place}: {why}", say)


def _identities(one: Collection) -> list[Field]:
    return [each for each in one.fields if each.identity and not each.fields and not each.is_list]


def _all(fields: tuple[Field, ...]) -> Iterator[Field]:
    for each in fields:
        yield each
        yield from _all(each.fields)


def _form(each: Field) -> str:
    return FORMS.get(each.identity, "exact/1")


def _paths(fields: tuple[Field, ...], above: str) -> list[tuple[str, Field]]:
    found = []
    for each in fields:
        path = f"{above}.{member(each.name)}"
        found += _paths(each.fields, f"{path}[*]" if each.is_list else path) if each.fields else [(path, each)]
    return found


def _each_once(lines: list[str]) -> list[str]:
    """A column that links twice keeps its first link; the other stands as a comment, for a person to tell apart."""
    seen: set[str] = set()
    result = []
    for line in lines:
        name = line.split(":")[0]
        result.append(f"      # {line.strip()}" if name in seen else line)
        seen.add(name)
    return result


def _name(name: str) -> str:
    return name if PLAIN.match(name) and name.lower() not in WORDS else json.dumps(name, ensure_ascii=False)


def _comment(text: str) -> str:
    return " ".join(text.split())
