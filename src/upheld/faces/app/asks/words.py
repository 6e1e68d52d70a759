"""What a package says around the rows: who answers, for what the data serve, how long they stay, which rights there are, where to complain.

Taken from the notice and from law as data; nothing is worded here that neither says. A fact of law that nobody has seen in a text is marked.
What an earlier erasure left is found by the keys on record of that time, row by row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from upheld.duties.recipients import read_registry
from upheld.duties.recipients.from_yaml import FILE as RECIPIENTS
from upheld.engine.execution.access_rows import AccessAnswer, AccessTable, Stays
from upheld.engine.execution.asks import StoredAsk, key_text
from upheld.engine.execution.copies.working_copy import WorkingCopy
from upheld.engine.execution.own_journal import KeptRows, kept_in
from upheld.engine.execution.package.cells import day_in_words
from upheld.engine.plan.keeps import keeps_of
from upheld.engine.plan.model import Binding, KeepRule, Refused
from upheld.faces.app.asks.firm import Firm
from upheld.faces.app.declared.labels import FILE as LABELS
from upheld.faces.app.declared.labels import read_labels
from upheld.faces.app.declared.reading import text_in
from upheld.faces.app.installation import Installation
from upheld.language.law import Fact, Regime, load_law
from upheld.language.law.lookup import authorities, bound, whom
from upheld.language.promises.model import AnyOf, Program, Promise
from upheld.language.terms.names import country_names
from upheld.records.ledger import checkpoint
from upheld.records.people.decisions import one_person
from upheld.records.people.disclosures import Disclosure, disclosures_of
from upheld.records.people.rights.disputes import disputes_of
from upheld.records.people.tombstones import Erased, erased_since

Place = tuple[str, str]
Called = Callable[[str], str]
ANYBODY = {"any": "anyone"}
KeptByKey = dict[str, list[tuple[KeepRule, date | None]]]
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
SENTENCES = 3  # of the notice, about one table; more nobody reads


@dataclass(slots=True)
class Words:
    """The words of one ask's packages; read once, said for each person."""

    app: Installation
    firm: Firm
    regime: str | None
    controller: str
    rights: tuple[str, ...]
    authority: str
    checkpoint: str
    uses: Mapping[str, tuple[str, ...]]  # leaf → purposes
    periods: Mapping[str, tuple[str, ...]]  # leaf → sentences of the notice
    held: Mapping[Place, tuple[str, ...]]  # table → sentences that keep rows of it longer, on a ground
    sources: Mapping[str, tuple[str, ...]]  # leaf → from whom it comes
    recipients: Mapping[str, tuple[str, ...]]  # leaf → whom we may tell
    whole: tuple[str, ...]  # recipients of whom the disclosure ledger holds all
    erased: frozenset[str]  # who was erased before
    kept: dict[Place, KeptByKey]
    called: Called  # a purpose, a source, a recipient as the firm's labels have it

    def said(self, answer: AccessAnswer) -> AccessAnswer:
        """The answer with what belongs around its rows."""
        with self.app.own.connection() as connection:
            given = disclosures_of(connection, [answer.subject])
            names = one_person(connection, [answer.subject])[answer.subject]
            wrong = {one.about: one.since.date() for one in disputes_of(connection, names) if one.ended_at is None}
        return replace(
            answer,
            tables=(self._table(table, given, wrong) for table in answer.tables),
            controller=self.controller,
            rights=self.rights,
            authority=self.authority,
            checkpoint=self.checkpoint,
        )

    def stays(self, copy: WorkingCopy, ref: str) -> Callable[[str, str], tuple[Stays, ...]]:
        """What erasures before left of this person's rows, by (store, table); nothing for who was never erased."""
        if ref not in self.erased:
            return lambda store, table: ()
        # Once more through the copy: what an erasure left of one person is few rows.
        keys = {(t.store, t.table): self._keys(t) for t in copy.answer(ref, self.firm.estate).tables}
        return lambda store, table: self._left((store, table), keys.get((store, table), set()))

    def _keys(self, table: AccessTable) -> set[str]:
        names = [column.name for column in table.columns]
        key = self.firm.estate.table(table.store, table.table).key
        if not set(key) <= set(names):
            return set()
        at = [names.index(column) for column in key]
        return {key_text([row[n] for n in at]) for row in table.rows}

    def _left(self, place: Place, keys: set[str]) -> tuple[Stays, ...]:
        if not keys:
            return ()
        if place not in self.kept:
            with self.app.own.connection() as connection:
                self.kept[place] = _by_key(kept_in(connection, self.app.master, *place))
        last: dict[KeepRule, date | None] = {}
        for rule, until in (each for key in sorted(keys) for each in self.kept[place].get(key, ())):
            known = [day for day in (last.get(rule), until) if day is not None]
            last[rule] = max(known) if known else None
        return tuple(Stays(rule.columns, rule.ground, until, rule.why) for rule, until in last.items())

    def _table(self, table: AccessTable, given: Sequence[Disclosure], wrong: Mapping[str, date]) -> AccessTable:
        leaves = [column.leaf for column in table.columns if column.leaf]
        titles = {column.name: column.title or _title(column.leaf, column.name, leaves) for column in table.columns}
        columns = tuple(replace(column, title=titles[column.name]) for column in table.columns)
        periods = (*_several(self.periods, leaves)[:SENTENCES], *self.held.get((table.store, table.table), ()))
        return replace(
            table,
            title=_words(table.title).capitalize(),
            columns=columns,
            why=_several(self.uses, leaves),
            kept_for=" ".join(dict.fromkeys(periods)),
            sources=_several(self.sources, leaves),
            may_tell=_several(self.recipients, leaves),
            told=_told(given, frozenset(leaves), self.called),
            disputed=_disputed(table, wrong),
            told_whole=self.whole,
            place=self._place(table.store),
        )

    def _place(self, store: str) -> str:
        stands = self.firm.estate.stores.get(store)
        return country_names().get(stands.place, "") if stands is not None else ""


def words_of(app: Installation, firm: Firm, found: StoredAsk, folder: Path, lives: str = "", wronged: str = "") -> Words:
    """The words for one ask, under its regime, or under the notice's only one; authorities by where the person `lives` and was `wronged`, as far as known."""
    called = called_in(folder)
    version = firm.program.notices[0]
    named = [name.id for name in version.regimes]
    regime = found.ask.regime or (named[0] if len(named) == 1 else None)
    laws = [known for one in bound(regime or "") if (known := load_law().regimes.get(one)) is not None]
    with app.own.connection() as connection:
        last = checkpoint(connection)
    return Words(
        app,
        firm,
        regime,
        _words(version.controller).title(),
        tuple(said for law in laws for said in _rights(law)),
        " or ".join(_authority(law, lives, wronged) for law in laws),
        " ".join(last.note.split("\n")[:3]),
        _by_leaf(firm.program, "use", lambda promise: _under(promise, "for", called)),
        _by_leaf(firm.program, "retain", lambda promise: () if _is_held(promise) else _sentences(firm.program, promise)),
        _held(firm, regime, app.settings.today),
        _by_leaf(firm.program, "collect", lambda promise: _under(promise, "from", called)),
        _by_leaf(firm.program, "disclose", lambda promise: _under(promise, "to", called)),
        whole_recipients(firm.program, folder),
        _erased(app, found.bindings),
        {},
        called,
    )


def whole_recipients(program: Program, folder: Path) -> tuple[str, ...]:
    """The recipients of whom every disclosure is reported, as the folder says (`recorded: yes`), in words."""
    path, called = folder / RECIPIENTS, called_in(folder)
    registry, _ = read_registry(program, text_in(path.parent, path.name) if path.is_file() else None)
    return tuple(sorted(called(entry.name) for entry in registry.entries.values() if entry.recorded))


def _disputed(table: AccessTable, wrong: Mapping[str, date]) -> tuple[tuple[str, date], ...]:
    """Columns that are disputed, by their category or their own name."""
    found = []
    for column in table.columns:
        since = wrong.get(f"{table.store}.{table.table}.{column.name}") or wrong.get(column.leaf)
        if since is not None:
            found.append((column.name, since))
    return tuple(found)


def _told(given: Sequence[Disclosure], leaves: frozenset[str], called: Called) -> tuple[str, ...]:
    """To whom data of these kinds were given, with the last day."""
    last = {one.recipient: one.day for one in given if one.data in leaves}  # the oldest come first
    return tuple(f"{called(recipient)} (last on {day_in_words(day)})" for recipient, day in sorted(last.items()))


def _erased(app: Installation, bindings: Sequence[Binding]) -> frozenset[str]:
    """Those of whom a row of their own was erased before, by the tombstones; one statement for each quarter."""
    roots = {
        Erased(store, f"{store}.{table}", "key", key_text(key)): one.ref
        for one in bindings
        for (store, table), keys in one.roots.items()
        for key in keys
    }
    with app.own.connection() as connection:
        dug_up = erased_since(connection, app.master, list(roots), LONG_AGO)
    return frozenset((*(roots[one] for one in dug_up), *(one.ref for one in bindings if one.held)))


def _by_key(kept: Iterable[KeptRows]) -> KeptByKey:
    found: KeptByKey = {}
    for one in kept:
        for key in one.keys:
            found.setdefault(key_text(key), []).append((one.rule, one.until))
    return found


def _rights(law: Regime) -> tuple[str, ...]:
    return tuple(_fact(one, law) for one in law.rights)


def _authority(law: Regime, lives: str, wronged: str) -> str:
    """Whom she may complain to by name, with the way there; the law's own words where it has them by place and hers is not known."""
    found = authorities(law, lives, infringement=wronged)
    if not found or (not lives and not wronged and any(one.by and one.place for one in found)):
        return _fact(whom(law), law)
    return " or ".join(
        f"{one.called}{''.join(f', {way}' for way in one.ways)} "
        f"({law.name}, {one.fact.cite}{'' if one.confirmed else '; not confirmed'})"
        for one in found
    )


def _fact(fact: Fact[Any], law: Regime) -> str:
    """A fact of law as a sentence's part, with where it stands, and marked where nobody has seen it in a text."""
    said = str(fact.text or fact.value)
    return f"{said} ({law.name}, {fact.cite}{'' if fact.confirmed else '; not confirmed'})"


def _by_leaf(program: Program, verb: str, said: Callable[[Promise], Iterable[str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for promise in program.promises:
        if promise.verb == verb and promise.modality != "never":
            for leaf in promise.object:
                found.setdefault(leaf.id, {}).update(dict.fromkeys(said(promise)))
    return {leaf: tuple(texts) for leaf, texts in found.items()}


def called_in(folder: Path) -> Called:
    """The notice's names as the folder's labels call them in English; a name that no label has is read aloud."""
    labels = read_labels(text_in(folder, LABELS))
    return lambda id: ANYBODY.get(id) or labels.word(id, "en")


def _under(promise: Promise, key: str, called: Called) -> Iterator[str]:
    for test in promise.scope:
        if isinstance(test, AnyOf) and test.key == key:
            yield from sorted((called(name.id) for name in test.names), key=str.casefold)


def _sentences(program: Program, promise: Promise) -> Iterator[str]:
    """The clauses of a period; those about backups alone are no answer to how long."""
    if any(isinstance(test, AnyOf) and test.key == "in" for test in promise.scope):
        return
    texts = {clause.id: clause.text for version in program.notices for clause in version.clauses}
    yield from (texts[id] for id in promise.source.clauses if id in texts)


def _is_held(promise: Promise) -> bool:
    """It keeps rows after their ordinary end, and only in tables that bear the event its own end is counted from."""
    return bool(promise.terms.get("ground")) or any(isinstance(t, AnyOf) and t.key == "ground" for t in promise.scope)


def _held(firm: Firm, regime: str | None, today: date) -> dict[Place, tuple[str, ...]]:
    rules = keeps_of(firm.program, firm.estate, (), today, regime)
    if isinstance(rules, Refused):
        return {}
    texts = {clause.id: clause.text for version in firm.program.notices for clause in version.clauses}
    return {
        place: tuple(texts[clause] for rule in found for clause in rule.why.clauses if clause in texts)
        for place, found in rules.items()
    }


def _title(leaf: str, column: str, leaves: list[str]) -> str:
    """What a person reads beside a value: the kind of data, and the column's name where several of a table are of that kind."""
    if not leaf:
        return ""
    return f"{_words(leaf)} ({_words(column).lower()})" if leaves.count(leaf) > 1 else _words(leaf)


def _several(said: Mapping[str, tuple[str, ...]], leaves: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for leaf in leaves for text in said.get(leaf, ())))


def _words(id: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", id).replace("-", " ").replace("_", " ")
