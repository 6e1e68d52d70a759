"""What the notice gives whom, joined with how this deployment tells them: a registry, and findings about every gap between the two.

A party got data where a sentence allows to disclose to it by name, or where the notice makes it a processor: a processor that no sentence
names is told, too. "To whomever you agree" and authorities name nobody; what was given there is on record with its case. Must never:
leave a named recipient out in silence; without an entry it is a task for a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from upheld.duties.recipients.codes import finding
from upheld.duties.recipients.from_yaml import FILE, read_entries
from upheld.duties.recipients.model import Entry, Given, Registry, Standing
from upheld.engine.estate.codes import nearest
from upheld.language.diagnostic import Diagnostic
from upheld.language.law.lookup import bound
from upheld.language.promises.model import AnyOf, Kind, Name, Program, Promise
from upheld.language.promises.naming import Groups, groups_of, shortened

KEPT = 16  # registries: of a few firms, and of what they were before their file changed
_READ: dict[tuple[str, str | None, str], tuple[Registry, tuple[Diagnostic, ...]]] = {}
ROLES = ("processor", "recipient", "joint")


def read_registry(program: Program, text: str | None, file: str = FILE) -> tuple[Registry, tuple[Diagnostic, ...]]:
    """The registry of the notice and the deployment's file (None: there is none), and every finding, by line.

    With errors the registry is for further checks only. Cost: a walk over the promises, some 10 ms; what was read before is known.
    """
    asked = (program.digest, text, file)
    found = _READ.get(asked)
    if found is None:
        if len(_READ) >= KEPT:
            _READ.clear()
        found = _READ[asked] = _read(program, text, file)
    return found


def _read(program: Program, text: str | None, file: str) -> tuple[Registry, tuple[Diagnostic, ...]]:
    entries, faults = read_entries(text, file) if text is not None else ({}, ())
    given = given_by(program)
    findings = [*faults, *_against(program, entries, given, file)]
    covers = {entry.name: _parties(program, entry) for entry in entries.values()}
    listed = {party for parties in covers.values() for party in parties}
    unlisted = tuple(sorted(set(given) - listed))
    for party in unlisted:
        at = ", ".join(given[party].clauses) or "the notice's parties"
        findings.append(
            finding(
                "R301",
                file,
                1,
                f"`{party}` ({at}) has no entry.",
                "Add one; until then each order to it is a task for a person.",
            )
        )
    return Registry(entries, given, unlisted, covers), tuple(sorted(findings))


def given_by(program: Program) -> dict[str, Given]:
    """Party → what the notice gives it. Parties are leaves: of a group whoever is in it."""
    groups = groups_of(program.names)
    data: dict[str, set[str]] = {}
    clauses: dict[str, list[str]] = {}
    for promise, party in _disclosed(program, groups):
        data.setdefault(party, set()).update(leaf.id for leaf in promise.object)
        clauses.setdefault(party, []).extend(promise.source.clauses)
    found = {}
    for name, one in sorted(program.names.items()):
        role = _role(program, name)
        alone = one.leaves <= {name}
        if name.kind is Kind.PARTY and alone and role in ROLES and (name.id in data or role == "processor"):
            said = tuple(dict.fromkeys(clauses.get(name.id, ())))
            found[name.id] = Given(name.id, role, frozenset(data.get(name.id, ())), said)
    return found


def standing_of(entry: Entry, answered: bool) -> Standing:
    """What may be said of a recipient before an order: `answered` if a real one has answered at this address by this connector.

    A connector written from a published interface is *unproven* until then, however well it does against a stand-in.
    """
    if entry.connector == "none":
        return "none"
    if entry.connector == "person":
        return "person"
    return "kept" if answered else "unproven"


def may_close_without(entry: Entry | None, regime: str) -> str:
    """The words that let a case close while this recipient has not answered, of every regime that binds; empty: it must not."""
    said = [entry.closes_without.get(one, "") for one in bound(regime)] if entry is not None else []
    return "; ".join(dict.fromkeys(said)) if all(said) else ""


def _disclosed(program: Program, groups: Groups) -> Iterator[tuple[Promise, str]]:
    for promise in program.promises:
        if promise.verb != "disclose" or promise.modality == "never" or promise.law:
            continue
        for test in promise.scope:
            if isinstance(test, AnyOf) and test.key == "to":
                for name in shortened(test.names, groups):
                    # A built-in group (`anyone`, `third-parties`) names nobody; one of the notice stands for who is in it.
                    one = program.names[name]
                    if len(one.leaves) > 1 and not one.line:
                        continue
                    yield from ((promise, leaf.id) for leaf in one.leaves or {name})


def _role(program: Program, name: Name) -> str:
    one = program.names.get(name)
    return next((each.id for each in one.keys.get("role", ())), "") if one is not None else ""


def _parties(program: Program, entry: Entry) -> tuple[str, ...]:
    name = Name(Kind.PARTY, entry.party)
    one = program.names.get(name)
    return tuple(sorted(leaf.id for leaf in one.leaves or {name})) if one is not None else (entry.party,)


def _against(program: Program, entries: Mapping[str, Entry], given: Mapping[str, Given], file: str) -> Iterator[Diagnostic]:
    parties = {name.id for name in program.names if name.kind is Kind.PARTY}
    regimes = {name.id for notice in program.notices for name in notice.regimes}
    for entry in entries.values():
        if entry.party not in parties:
            yield finding(
                "R307", file, entry.line, f"`{entry.name}` stands for `{entry.party}`.",
                "Use a party of the notice, by `party:` where the entry bears another name.", nearest(entry.party, parties),
            )  # fmt: skip
            continue
        allowed = _allowed(given, _parties(program, entry))
        if allowed is not None and (beyond := entry.data - allowed):
            listed = ", ".join(f"`{leaf}`" for leaf in sorted(beyond))
            yield finding(
                "R308", file, entry.line, f"`{entry.name}` gets {listed}, which no sentence gives to `{entry.party}`.",
                "Take it out, stop sending it, or say it in the notice.",
            )  # fmt: skip
        for regime in entry.closes_without:
            if regime not in regimes:
                yield finding(
                    "R312", file, entry.line, f"`{regime}` is no regime of this notice.", "Name a regime of the notice.", nearest(regime, regimes)
                )  # fmt: skip


def _allowed(given: Mapping[str, Given], parties: Iterable[str]) -> frozenset[str] | None:
    """All leaves that the notice gives to these parties; None where no sentence says what they get."""
    said = [given[party].data for party in parties if party in given and given[party].clauses]
    return frozenset().union(*said) if said else None
