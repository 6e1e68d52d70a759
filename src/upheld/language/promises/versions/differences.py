"""Two programs become the list of what changed between them, each with its class and its effect for the person.

Every changed promise is compared part by part, in words; then the whole is held against `order`, which knows what a flow may newly pass: a
change that seems narrower and cannot be shown to be is called wider. So nothing is called narrower that lets a flow pass which was refused
before (property test). Not taken: comparing lines of text; a comma can open a door, and a rewritten page can change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from upheld.language.promises.explain import listed, sentence
from upheld.language.promises.model import FLOW_VERBS, AnyOf, Clause, Definition, Kind, Name, Program, Promise
from upheld.language.promises.versions.contacts import contact_changes
from upheld.language.promises.versions.duties import duties_of
from upheld.language.promises.versions.model import Change, Class, Differences, Effect
from upheld.language.promises.versions.order import widenings
from upheld.language.promises.versions.pairs import paired
from upheld.language.promises.versions.parts import More, Part, compared, parts_of

OF = {
    "collect": "collection",
    "use": "use",
    "disclose": "disclosure",
    "message": "messages:",
    "publish": "publication",
    "locate": "place",
    "place": "tracker",
    "retain": "retention",
    "grant": "right of",
    "offer": "choice",
    "tell": "telling",
    "protect": "protection",
}
BARE = ("messages:", "right of", "choice", "tracker", "telling")  # words that need no "of"
FLOORS = ("grant", "offer", "tell", "protect")
# Of a duty these make it smaller; everything else that it lists makes it larger.
LESSENING = frozenset({"proof", "needs", "unless", "when", "fee", "at-most", "choice", "without"})
TIMES = ("until", "while", "within", "overwritten-within", "every")
NEW: dict[str, Class] = {"for": "new-purpose", "to": "new-recipient", "in": "new-place"}


def differences(old: Program, new: Program, old_rosters: str = "", new_rosters: str = "") -> Differences:
    """Every change by meaning, in the order of the newer notice's clauses, and the duties that follow. The same program: none.

    `…_rosters`: the text of the contact roster of each version. Cost: some 30 ms for a notice of 130 clauses.
    """
    reading = _Reading(old, new)
    changes = [*reading.promises(), *reading.definitions(), *reading.notices(), *contact_changes(old_rosters, new_rosters)]
    changes += reading.wording({clause for each in changes for clause in each.clauses})
    order = {clause.id: at for at, clause in enumerate(_clauses(new) + _clauses(old))}
    ranked = sorted(changes, key=lambda one: min((order.get(clause, len(order)) for clause in one.clauses), default=len(order)))
    found = tuple(dict.fromkeys(ranked))
    return Differences(found, duties_of(old, new, found))


def _clauses(program: Program) -> list[Clause]:
    return [clause for notice in program.notices for clause in notice.clauses]


@dataclass
class _Reading:
    """Both programs, while they are compared."""

    old: Program
    new: Program

    def __post_init__(self) -> None:
        self.pairs = paired(self.old, self.new)
        self.known = _known(self.old)

    # ---- promises

    def promises(self) -> list[Change]:
        """Changes of promises, held against what may newly pass."""
        by_promise: dict[int, list[Change]] = {}
        for before, after in self.pairs.changed:
            by_promise[id(after)] = by_promise[id(before)] = list(self._changed(before, after))
        for promise in self.pairs.added:
            by_promise[id(promise)] = list(self._added(promise))
        for promise in self.pairs.removed:
            by_promise[id(promise)] = list(self._removed(promise))
        if not by_promise and self.old.names == self.new.names and self.old.resolutions == self.new.resolutions:
            return self._resolutions() + self._supplements()
        for each in widenings(self.old, self.new):
            self._told_wider(each, by_promise)
        once = {id(found): found for found in by_promise.values()}
        return [change for found in once.values() for change in found] + self._resolutions() + self._supplements()

    def _told_wider(self, each: Promise | Name, by_promise: dict[int, list[Change]]) -> None:
        if isinstance(each, Name):
            words = "what a flow causes, or whose tenant it is, is said otherwise"
            by_promise[id(each)] = [Change("wider", "wider", _defined_in(self.new, each), f"meaning of {each.id}", "", words)]
            return
        found = by_promise.setdefault(id(each), [])
        if any(one.effect == "wider" for one in found):
            return
        if not found:
            words = "the same words, which now let more pass: something that they rest on changed"
            found.append(Change("wider", "wider", each.source.clauses, _what(each), sentence(each), words))
            return
        for at, one in enumerate(found):
            found[at] = replace(one, cls="wider" if one.cls in ("narrower", "wording") else one.cls, effect="wider")

    def _changed(self, before: Promise, after: Promise) -> Iterator[Change]:
        old, new = parts_of(before), parts_of(after)
        clauses = tuple(dict.fromkeys((*after.source.clauses, *before.source.clauses)))
        for place in dict.fromkeys((*new, *old)):
            left, right = old.get(place), new.get(place)
            if left == right:
                continue
            part = right or left
            assert part is not None
            for more, was, now in self._compared(before, after, left, right):
                whole_door = part.in_door and not (before.door and after.door)
                effect = ("wider" if right else "narrower") if whole_door else _effect(after, part, more)
                cls = self._class(after, part, more, effect, left, right)
                yield Change(cls, effect, clauses, _what(after, part), was, now)

    def _compared(self, before: Promise, after: Promise, left: Part | None, right: Part | None) -> list[tuple[More, str, str]]:
        part = right or left
        if part is not None and part.in_door and not (before.door and after.door):
            # A wall without a door never opens: its first key opens it, whatever the key asks.
            return [("more", "", part.words()) if right is not None else ("less", part.words(), "")]
        if part is not None and part.key == "start" and left and right:
            return [("other", left.words(), right.words())]
        if part is not None and part.key == "while" and (left is None or right is None) and after.end != before.end:
            return [("other", left.words() if left else "", right.words() if right else "")]
        return compared(left, right)

    def _class(self, promise: Promise, part: Part, more: More, effect: Effect, left: Part | None, right: Part | None) -> Class:
        if promise.verb == "grant":
            if part.key == "object":
                return "right-added" if effect == "narrower" else "right-removed"
            return "right-widened" if effect == "narrower" else "right-narrowed"
        if promise.verb == "offer" and part.key == "start":
            return "choice-default"
        if promise.verb in FLOORS:
            return "duty-added" if effect == "narrower" else "duty-dropped"
        if promise.verb == "retain" and part.key in TIMES and not part.in_door:
            return "shorter-retention" if effect == "narrower" else "longer-retention"
        if effect == "wider" and more == "more" and promise.modality != "never":
            come = _set(right) - _set(left)
            return self._new_class(promise, part.key, come) or "wider"
        return "narrower" if effect == "narrower" else "wider"

    def _new_class(self, promise: Promise, key: str, come: frozenset[Name]) -> Class | None:
        """The class of names that no permission named before; None where they are known."""
        fresh = come - self.known.get(key, frozenset())
        if not fresh:
            return None
        if key == "object":
            return (
                "new-tracker"
                if promise.verb == "place"
                else "new-data"
                if any(one.kind is Kind.DATA for one in fresh)
                else None
            )
        return NEW.get(key)

    def _added(self, promise: Promise) -> Iterator[Change]:
        effect: Effect = "narrower" if _binds_us(promise) else "wider"
        said = Change("narrower", effect, promise.source.clauses, _what(promise), "", sentence(promise))
        if promise.verb == "grant":
            yield replace(said, cls="right-added")
        elif promise.verb in FLOORS:
            yield replace(said, cls="duty-added")
        elif effect == "narrower":
            yield said
        elif promise.verb == "retain":
            yield replace(said, cls="longer-retention")
        else:
            sets = {part.key: _set(part) for part in parts_of(promise).values() if part.shape == "choices"}
            fresh = [found for key, names in sets.items() if (found := self._new_class(promise, key, names))]
            for cls in dict.fromkeys(fresh or ["wider"]):
                yield replace(said, cls=cls)  # type: ignore[arg-type]

    def _removed(self, promise: Promise) -> Iterator[Change]:
        effect: Effect = "wider" if _binds_us(promise) or promise.modality == "will" else "narrower"
        said = Change("narrower", effect, promise.source.clauses, _what(promise), sentence(promise), "")
        if promise.verb == "grant":
            yield replace(said, cls="right-removed")
        elif promise.verb in FLOORS or (promise.verb == "disclose" and promise.modality == "will"):
            yield replace(said, cls="duty-dropped")
        elif promise.verb == "retain":
            # Without a promise that ends them, data are kept: nobody may call that shorter.
            kept = promise.modality == "will"
            yield replace(said, cls="shorter-retention" if kept else "longer-retention", effect="narrower" if kept else "wider")
        else:
            yield replace(said, cls="wider" if effect == "wider" else "narrower")

    def _resolutions(self) -> list[Change]:
        found = []
        for one in self.new.resolutions:
            if not any(_resolved(one) == _resolved(each) for each in self.old.resolutions):
                words = f"{one.prevails} prevails: {one.because}"
                found.append(Change("wider", "wider", one.clauses, f"{one.clauses[0]} and {one.clauses[1]}", "", words))
        for one in self.old.resolutions:
            if not any(_resolved(one) == _resolved(each) for each in self.new.resolutions):
                words = f"{one.prevails} prevails: {one.because}"
                found.append(Change("narrower", "narrower", one.clauses, f"{one.clauses[0]} and {one.clauses[1]}", words, ""))
        return found

    def _supplements(self) -> list[Change]:
        """Supplements that came, went or cover something else: which sentence then prevails is not shown to be narrower."""
        before = {each.notice: each for each in self.old.notices if each.supplements}
        after = {each.notice: each for each in self.new.notices if each.supplements}
        found = []
        for notice in sorted({*before, *after}):
            old, new = before.get(notice), after.get(notice)
            if (
                old is None
                or new is None
                or (old.covers, old.prevails, old.supplements) != (new.covers, new.prevails, new.supplements)
            ):
                was, now = ("it supplements" if each else "" for each in (old, new))
                found.append(
                    Change("wider", "wider", (), f"supplement {notice}", was, now if now != was else "it covers something else")
                )
        return found

    # ---- what words mean

    def definitions(self) -> Iterator[Change]:
        """Names that both know and that mean something else now."""
        for name in sorted(self.old.names.keys() & self.new.names.keys()):
            before, after = self.old.names[name], self.new.names[name]
            if _meaning(before) != _meaning(after):
                clauses = tuple(dict.fromkeys(each for each in (after.clause, before.clause) if each))
                was, now = _definition_words(before, after), _definition_words(after, before)
                yield Change("definition", _definition_effect(before, after), clauses, f"meaning of {name.id}", was, now)

    # ---- the notice itself

    def notices(self) -> Iterator[Change]:
        """Controller, officer and regimes of the notices."""
        before = {each.notice: each for each in self.old.notices}
        for new in self.new.notices:
            old = before.get(new.notice)
            if old is None:
                continue
            if old.controller != new.controller:
                yield Change("wider", "wider", (), "controller", old.controller, new.controller)
            if (old.officer, old.officer_reason) != (new.officer, new.officer_reason):
                yield Change("contact", "none", (), "officer", old.officer, new.officer)
            come, gone = set(new.regimes) - set(old.regimes), set(old.regimes) - set(new.regimes)
            if come:
                yield Change("right-added", "narrower", (), "law that is named", "", listed(frozenset(come)))
            if gone:
                yield Change("right-removed", "wider", (), "law that is named", listed(frozenset(gone)), "")

    def wording(self, told: set[str]) -> Iterator[Change]:
        """Sentences that read otherwise, came or went, where nothing else of theirs changed."""
        before = {each.id: each for each in _clauses(self.old)}
        after = {each.id: each for each in _clauses(self.new)}
        for id in dict.fromkeys((*after, *before)):
            was, now = before.get(id), after.get(id)
            if id not in told and (was.text if was else None) != (now.text if now else None):
                yield Change("wording", "none", (id,), f"wording of {id}", was.text if was else "", now.text if now else "")


# ---- senses -----------------------------------------------------------------------------------------------------------------


def _binds_us(promise: Promise) -> bool:
    """Whether it is a wall or a duty: the more of it, the better for the person."""
    return promise.modality == "never" or promise.verb in FLOORS


def _effect(promise: Promise, part: Part, more: More) -> Effect:
    """What more or less of a part does for the person; what has no order is wider."""
    if promise.verb == "offer" and part.key == "start":
        return "narrower" if {name.id for name in _set(part)} == {"no"} else "wider"
    if promise.verb == "retain" and promise.modality == "may" and part.key == "then":
        return "narrower" if promise.then == "erase" else "wider"
    if more == "other" or part.shape == "plain":
        return "wider"
    opens = more == "more"
    if part.key in ("until", "within", "every", "overwritten-within", "lasts") and part.shape in ("moment", "period"):
        # Later is more, of a keeping and of a duty's delay alike; but an end that is not said comes never, a duty without a day is none.
        return "wider" if opens else "narrower"
    if promise.verb in FLOORS:
        return "wider" if opens == _lessens(part) else "narrower"
    if part.shape == "demands" and part.key not in ("while", "required"):
        opens = not opens
    if promise.modality == "never" and not part.in_door:
        opens = not opens
    return "wider" if opens else "narrower"


def _lessens(part: Part) -> bool:
    return part.key in LESSENING


def _set(part: Part | None) -> frozenset[Name]:
    return part.value if part is not None and isinstance(part.value, frozenset) else frozenset()


def _known(program: Program) -> dict[str, frozenset[Name]]:
    """By key, every name that some permission names already."""
    found: dict[str, set[Name]] = {"object": set()}
    for promise in program.promises:
        if promise.modality != "never" and promise.verb in (*FLOW_VERBS, "place"):
            found["object"] |= promise.object
            for test in promise.scope:
                if isinstance(test, AnyOf):
                    found.setdefault(test.key, set()).update(test.names)
    return {key: frozenset(names) for key, names in found.items()}


# ---- words ------------------------------------------------------------------------------------------------------------------


def _what(promise: Promise, part: Part | None = None) -> str:
    word = OF[promise.verb]
    head = f"{word} {listed(promise.object)}" if word in BARE else f"{word} of {listed(promise.object)}"
    if promise.modality == "never":
        head = f"{head}, forbidden"
    if part is None or (promise.verb == "retain" and part.key in ("until", "while")):
        return head
    if part.key == "object":
        return f"{word.removesuffix(' of').removesuffix(':')}: of what"
    return f"{head}, {'unless ' if part.in_door else ''}{part.key}"


def _resolved(one: object) -> tuple[object, ...]:
    return (one.clauses, one.prevails)  # type: ignore[attr-defined]


def _defined_in(program: Program, name: Name) -> tuple[str, ...]:
    found = program.names.get(name)
    return (found.clause,) if found is not None and found.clause else ()


def _meaning(one: Definition) -> tuple[object, ...]:
    return (one.leaves, dict(one.keys), dict(one.moments), dict(one.periods), one.tests)


def _definition_effect(old: Definition, new: Definition) -> Effect:
    rest = [
        ({key: names for key, names in one.keys.items() if key != "needs"}, dict(one.moments), dict(one.periods), one.tests)
        for one in (old, new)
    ]
    no_fewer = set(old.keys.get("needs", ())) <= set(new.keys.get("needs", ()))
    return "narrower" if rest[0] == rest[1] and new.leaves <= old.leaves and no_fewer else "wider"


def _definition_words(one: Definition, other: Definition) -> str:
    """What is said here and not there."""
    said = []
    if one.leaves - other.leaves:
        said.append(listed(one.leaves - other.leaves))
    for key, names in one.keys.items():
        if names != other.keys.get(key) and key != "holds":  # its leaves say it
            said.append(f"{key} {listed(names)}")
    for held, others in ((one.moments, other.moments), (one.periods, other.periods)):
        said += [f"{key} said otherwise" for key, value in held.items() if value != others.get(key)]
    if one.tests != other.tests:
        said.append(f"{len(one.tests)} tests")
    return ", ".join(said)
