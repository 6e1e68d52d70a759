"""Controls: from a promise's verb and keys, and from a definition's kind, to the set of controls that they call for.

Data more than code: one rule a key, one a verb. Says nothing of which controls exist; the registry of probes does. A
control is named `family:detail`, and the family sets how long its evidence stays fresh. A gate's wall always calls for a
witness outside the gate too, for a gate proves only what passes through it. Not taken: controls chosen by hand per clause;
then a clause could be drawn kept by leaving a control out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

from upheld.faces.board.model import Need
from upheld.faces.board.words import words_of as words
from upheld.language.law import load_law
from upheld.language.promises.model import (
    Age,
    AllOf,
    AnyOf,
    At,
    Clause,
    Definition,
    Kind,
    Known,
    Program,
    Promise,
    Some,
    Test,
)

GATES = {
    "collect": "collection",
    "use": "purpose",
    "disclose": "disclosure",
    "message": "message",
    "publish": "release",
    "locate": "location",
}

WITNESSES = {
    "collection": "the live columns as witness",
    "purpose": "the database's grants as witness",
    "disclosure": "the egress log as witness",
    "message": "the mail server's log as witness",
    "release": "the crawler as witness",
    "location": "the network's routes as witness",
}

SIGNALS = frozenset({"gpc", "dnt"})
EVERYBODY = frozenset({"anyone", "any", "subject", "visitors", "affected-subjects", "guardian", "representative"})
MENU = "all-rights"
NO_CHOICE = frozenset({"none", "strictly-necessary"})

Found = Iterator[tuple[str, str]]  # (id, says)


def needs_of(program: Program, clause: Clause) -> tuple[Need, ...]:
    """The controls that every promise and definition of the clause calls for, each once, in the order of the text.

    Empty for a clause that only informs or stands outside.
    """
    promises = {p.id: p for p in program.promises}
    found: dict[str, tuple[str, list[str]]] = {}
    for promise_id in clause.promises:
        for control, says in of_promise(promises[promise_id]):
            if not _is_of_no_law(program, promises[promise_id], control):
                found.setdefault(control, (says, []))[1].append(promise_id)
    for name in clause.defines:
        for control, says in of_definition(program.names[name]):
            found.setdefault(control, (says, []))
    return tuple(Need(control, says, tuple(dict.fromkeys(ids))) for control, (says, ids) in found.items())


def of_promise(promise: Promise) -> Found:
    """(control, words) for each control that this promise's verb and keys call for; may repeat."""
    yield from _BY_VERB[promise.verb](promise)
    yield from _by_keys(promise)


def of_definition(definition: Definition) -> Found:
    """(control, words) for what supplies or checks a defined name, by its kind."""
    kind, name = definition.name.kind, definition.name.id
    said = words(name)
    if kind is Kind.DATA:
        yield "estate:classified", "the classified estate"
    elif kind is Kind.PURPOSE:
        yield f"register:purpose:{name}", f"the purpose register's entry on {said}"
    elif kind is Kind.PARTY:
        yield f"register:party:{name}", f"the party register's entry on {said}"
    elif kind is Kind.GROUP:
        yield f"fact:{name}", f"who is among {said}"
    elif kind is Kind.SURFACE:
        yield f"crawler:{name}", f"the crawler on {said}"
    elif kind in (Kind.EVENT, Kind.FACT):
        yield f"fact:{name}", f"what supplies “{said}”"
    elif kind is Kind.GROUND:
        yield f"ground:{name}", f"the desk's case for {said}"
        if definition.keys.get("keeps-only"):
            yield "holds:kept", "holds on named fields"
    elif kind is Kind.RECORD:
        yield f"record:{name}", f"the record of {said}"
    elif kind is Kind.AGREEMENT:
        yield f"agreement:{name}", f"the contract register's entry on {said}"
    elif kind is Kind.MEASURE:
        yield f"measure:{name}", f"the measure “{said}”"
    elif kind is Kind.PLACE:
        yield "location:declared", "the places where stores stand"
    elif kind is Kind.MESSAGE:
        yield "gate:message", "the message gate"
    elif kind is Kind.FORM:
        yield f"form:{name}", f"the converter to {said}"
    elif kind is Kind.STANDARD:
        yield f"standard:{name}", f"the test of {said}"
    else:
        yield f"register:{kind.value}:{name}", f"what supplies “{said}”"


def names_under(promise: Promise, key: str) -> tuple[str, ...]:
    """Every name that the promise gives under `key`, wherever it stands: scope, door or remaining terms. Sorted."""
    found = {name.id for name in promise.terms.get(key, ())}
    for test in _tests((*promise.scope, *(promise.door or ()))):
        if isinstance(test, AnyOf | AllOf) and test.key == key:
            found |= {name.id for name in test.names}
        elif isinstance(test, Known) and test.key == key:
            found.add(test.fact.id)
    return tuple(sorted(found))


def _is_of_no_law(program: Program, promise: Promise, control: str) -> bool:
    """Whether it is the plan of a right that `all-rights` names, and that none of the notice's laws gives: under none of them can it be asked for."""
    family, _, right = control.partition(":")
    return family == "plan" and any(one.id == MENU for one in promise.object) and right not in _menu(program)


def _menu(program: Program) -> frozenset[str]:
    """Every right that some law of the notice gives."""
    regimes = tuple(sorted(regime.id for version in program.notices for regime in version.regimes))
    return _rights_of(regimes)


@cache
def _rights_of(regimes: tuple[str, ...]) -> frozenset[str]:
    known = load_law().regimes
    return frozenset(fact.value for regime in regimes if regime in known for fact in known[regime].rights)


def is_attested(promise: Promise) -> bool:
    """Whether the promise is shown by a named person's word, and not by a control."""
    return "attestation" in names_under(promise, "proven")


# ---- verbs ---------------------------------------------------------------------------------------------------------


def _flow(promise: Promise) -> Found:
    gate = GATES[promise.verb]
    if promise.verb == "locate" and _is_stored(promise):
        yield "location:declared", "the places where stores stand"
    yield f"gate:{gate}", f"the {gate} gate"
    yield f"witness:{gate}", WITNESSES[gate]
    if promise.verb == "message":
        yield from _each(promise, "by", "channel", "the {} channel")
        yield from _each(promise, "contents", "contents", "the message's {}")
    if promise.verb == "publish":
        yield from _each(promise, "standard", "standard", "the test of {}")
    if promise.verb == "disclose":
        if promise.modality == "will":
            yield "clock:disclose", "the clock of the report"
        if names_under(promise, "consideration") and promise.modality != "never":
            yield "attestation:consideration", "a named person's word that nothing of value is given"


def _is_stored(promise: Promise) -> bool:
    """Whether the promise is about where data lies; places of access and disclosure are no store's."""
    acts = names_under(promise, "act")
    return not acts or "storage" in acts or "collection" in acts


def _place(promise: Promise) -> Found:
    yield "filter:response", "the filter on what the site sends"
    yield "crawler:pages", "the crawler"
    yield from _each(promise, "enables", "feature", "the feature {}")


def _retain(promise: Promise) -> Found:
    if promise.modality == "never" and not (isinstance(promise.end, At) and promise.end.what == "without end"):
        for name in sorted(promise.object):
            yield f"store:absent:{name.id}", f"the search of every store for {words(name.id)}"
        return
    yield "calendar:retention", "the calendar"
    yield "calendar:canary", "a row that is made to be past its date"
    if promise.modality == "will":
        yield "holds:kept", "holds on named fields"
        return
    if promise.then == "erase":
        yield "plan:erasure", "the erasure plan"
    elif promise.then is not None:
        yield f"form:{promise.then}", f"the conversion “{words(promise.then)}”"
    if promise.due is not None:
        yield "clock:disposal", "the clock of disposal"
    if promise.overwritten is not None:
        yield "compact:overwritten", "the overwriting of files, logs and backups"
    yield from _while_kept(promise)


def _while_kept(promise: Promise) -> Found:
    if promise.state == "held" or names_under(promise, "ground"):
        yield "holds:kept", "holds on named fields"
    elif promise.state is not None:
        yield f"state:{promise.state}", f"the state “{words(promise.state)}”"
    for place in names_under(promise, "in"):
        if "backup" in place:
            yield "backup:isolated", "the backups"
            yield "restore:replayed", "the replay after a restore"


def _grant(promise: Promise) -> Found:
    for right in sorted(promise.object):
        if right.id == MENU:
            continue  # the regime's whole menu: its rights stand beside it
        yield f"plan:{right.id}", f"the {words(right.id)} plan"
    yield from _each(promise, "by", "channel", "the {} channel")
    yield from _each(promise, "answer-by", "channel", "the {} channel")
    yield "clock:respond", "the clock of the answer"
    if names_under(promise, "regime") or _says_law(promise, "within"):
        yield "law:clock", "the law's deadline"
    for proof in names_under(promise, "proof"):
        if proof != "none":
            yield f"proof:{proof}", f"the proof “{words(proof)}”"
    yield from _each(promise, "contents", "answer", "the answer's {}")
    yield from _each(promise, "as", "answer-form", "the answer as {}")
    if names_under(promise, "without"):
        yield "shared:two-owners", "rows of two people"
    for fee in names_under(promise, "fee"):
        if fee != "none":
            yield f"fee:{fee}", "the fee"
    if promise.state is not None:
        yield f"state:{promise.state}", f"the state “{words(promise.state)}”"


def _offer(promise: Promise) -> Found:
    for choice in sorted(promise.object):
        yield f"choices:{choice.id}", f"the choice “{words(choice.id)}”"
    for route in names_under(promise, "by"):
        if route in SIGNALS:
            yield f"signal:{route}", f"the signal {route.upper()}"
        else:
            yield f"channel:{route}", f"the {words(route)} channel"
    if promise.due is not None:
        yield "clock:choice", "the clock of the choice"
    yield from _each(promise, "enables", "feature", "the feature {}")


def _tell(promise: Promise) -> Found:
    surfaces = names_under(promise, "on")
    for surface in surfaces:
        if surface == "notice":
            yield "notice:version", "the notice's date"
            for item in (*sorted(n.id for n in promise.object), *names_under(promise, "contents")):
                yield f"page:{item}", f"{words(item)} on the notice page"
        else:
            yield f"surface:{surface}", f"the page {words(surface)}"
    yield from _each(promise, "by", "channel", "the {} channel")
    if surfaces != ("notice",):
        yield from _each(promise, "contents", "contents", "the message's {}")
    for party in names_under(promise, "to"):
        if party not in EVERYBODY:
            yield f"fanout:{party}", f"the answer of {words(party)}"
    if promise.due is not None:
        yield "clock:tell", "the clock of telling"
    if promise.blocks is not None:
        yield f"waits:{promise.blocks.id}", f"what holds back “{words(promise.blocks.id)}” until then"


def _protect(promise: Promise) -> Found:
    yield from _each(promise, "by", "measure", "the measure “{}”")
    if is_attested(promise):
        yield "attestation:" + ",".join(names_under(promise, "handled-by")), "a named person's word"


_BY_VERB: dict[str, Callable[[Promise], Found]] = {
    **dict.fromkeys(GATES, _flow),
    "place": _place,
    "retain": _retain,
    "grant": _grant,
    "offer": _offer,
    "tell": _tell,
    "protect": _protect,
}


# ---- keys that mean the same under every verb ----------------------------------------------------------------------


def _by_keys(promise: Promise) -> Found:
    yield from _each(promise, "needs", "record", "the record of {}")
    yield from _each(promise, "under", "agreement", "the agreement “{}”")
    for choice in names_under(promise, "choice"):
        if choice not in NO_CHOICE:
            yield f"choices:{choice}", f"the choice “{words(choice)}”"
    yield from _each(promise, "when", "fact", "what tells whether “{}”")
    for ground in names_under(promise, "unless"):
        yield f"ground:{ground}", f"the desk's case for {words(ground)}"
    if any(isinstance(test, Age) for test in _tests((*promise.scope, *(promise.door or ())))):
        yield "fact:age", "what tells the age"
    if promise.verb not in ("tell", "protect") or not names_under(promise, "proven"):
        yield from _each(promise, "handled-by", "role", "who acts as {}")
    if promise.terms.get("at-most"):
        yield "counter:at-most", "the count of how often"


def _each(promise: Promise, key: str, family: str, says: str) -> Found:
    for name in names_under(promise, key):
        yield f"{family}:{name}", says.format(words(name))


def _says_law(promise: Promise, key: str) -> bool:
    """`within: law` is resolved to a moment; what it was is kept under `terms`, or in the citations of its source."""
    return "law" in {n.id for n in promise.terms.get(key, ())} or bool(promise.source.cites)


def _tests(tests: Iterable[Test]) -> Iterator[Test]:
    for test in tests:
        if isinstance(test, Some):
            yield from test.tests
        else:
            yield test
