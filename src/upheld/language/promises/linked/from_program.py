"""A program to JSON-LD 1.1: one notice, its clauses, its promises as processes that are permitted, obliged or prohibited.

The context stands in the file itself and names no other file: a reader loads nothing from anywhere. What the vocabulary lacks is said under
our own namespace with the word of docs/language.md; nothing of the program is left out. Not taken: ODRL policies beside it; two ways
of saying one permission would have to be kept equal.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from upheld.language.promises.linked import vocabulary as dpv
from upheld.language.promises.model import (
    After,
    Age,
    Ahead,
    AllOf,
    AnyOf,
    At,
    Birthday,
    Clause,
    Definition,
    Kind,
    Known,
    Moment,
    Name,
    NoticeVersion,
    Period,
    Pick,
    Program,
    Promise,
    Resolution,
    Setting,
    Some,
    Test,
)
from upheld.language.promises.naming import groups_of, shortened
from upheld.language.terms.names import country_names, vocabulary

Node = dict[str, Any]
_UNITS = {"hours": "PT{}H", "days": "P{}D", "weeks": "P{}W", "months": "P{}M", "years": "P{}Y"}
_EVERY = {Kind.DATA: "personal-data"}
# What makes a member of a group is said by its tests.
_TESTED = ("when", "age", "regime")


def to_jsonld(program: Program, address: str = "") -> bytes:
    """The document, UTF-8, keys in a fixed order. `address` is where the notice's page stands; empty: a name of ours for this version."""
    return json.dumps(_Writer(program, address).document(), ensure_ascii=False, indent=1).encode()


class _Writer:
    """Holds the program and the names that were used, so that only these are described."""

    def __init__(self, program: Program, address: str) -> None:
        version = program.notices[0]
        self.program = program
        self.base = address or f"{dpv.NAMESPACES['upheld'][:-6]}notices/{version.notice}/{version.updated.isoformat()}"
        self.used: set[Name] = set()
        self.groups = groups_of(program.names)
        self.regimes = {name.id for notice in program.notices for name in notice.regimes}

    def document(self) -> Node:
        notices = [self._notice(each) for each in self.program.notices]
        clauses = [self._clause(each) for notice in self.program.notices for each in notice.clauses]
        promises = [self._promise(each) for each in self.program.promises]
        resolutions = [self._resolution(n, each) for n, each in enumerate(self.program.resolutions, 1)]
        context = {"@version": 1.1, **dpv.NAMESPACES, "notice": f"{self.base}#"}
        settings = [_setting(each) for each in self.program.settings]
        return {"@context": context, "@graph": [*notices, *clauses, *promises, *resolutions, *self._names(), *settings]}

    # ---- notice, clauses, resolutions ----------------------------------------------------------------------------------

    def _notice(self, notice: NoticeVersion) -> Node:
        mine = [each for each in self.program.promises if each.source.notice == notice.notice]
        controller = Name(Kind.PARTY, notice.controller)
        node: Node = {
            "@id": f"notice:{notice.notice}",
            "@type": "dpv:PrivacyNotice",
            "dct:title": {"@value": notice.title, "@language": notice.language},
            "dct:language": notice.language,
            "dct:modified": _day(notice.updated),
            "dct:available": _day(notice.effective),
            "dpv:hasJurisdiction": [self._term("regime", each) for each in sorted(notice.regimes)],
            "dct:hasPart": [{"@id": f"notice:{clause.id}"} for clause in notice.clauses],
        }
        if notice.controller:
            self.used.add(controller)
            node["dpv:hasDataController"] = {"@id": _local(controller)}
        if notice.supplements:
            node["upheld:supplements"] = {"@id": f"notice:{notice.supplements}"}
        for modality, has_rule in dpv.HAS_RULE.items():
            ids = [{"@id": _rule(each.id)} for each in mine if each.modality == modality]
            if ids:
                node[has_rule] = ids
        return node

    def _clause(self, clause: Clause) -> Node:
        return {
            "@id": f"notice:{clause.id}",
            "@type": "upheld:Clause",
            "dct:identifier": clause.id,
            "dct:description": clause.text,
            "upheld:binding": clause.binding,
        }

    def _resolution(self, n: int, one: Resolution) -> Node:
        return {
            "@id": f"notice:resolution.{n}",
            "@type": "upheld:Resolution",
            "upheld:between": [{"@id": f"notice:{clause}"} for clause in one.clauses],
            "upheld:prevails": {"@id": f"notice:{one.prevails}"} if "." in one.prevails else one.prevails,
            "dct:description": one.because,
            "dct:date": _day(one.dated),
        }

    # ---- promises ------------------------------------------------------------------------------------------------------

    def _promise(self, promise: Promise) -> Node:
        node: Node = {
            "@id": _rule(promise.id),
            "@type": ["dpv:Process", dpv.MODALITY[promise.modality]],
            "dct:isPartOf": [{"@id": f"notice:{clause}"} for clause in promise.source.clauses],
            "upheld:verb": promise.verb,
        }
        self._object(node, promise)
        self._tests(node, promise.scope, promise)
        if promise.door is not None:
            door: Node = {"@type": "upheld:Door"}
            self._tests(door, promise.door, promise)
            node["upheld:unless"] = door
        for key, names in promise.terms.items():
            self._key(node, key, names, promise)
        self._times(node, promise)
        return node

    def _object(self, node: Node, promise: Promise) -> None:
        names = shortened(promise.object, self.groups)
        match promise.verb:
            case "collect" | "use" | "disclose" | "locate" | "retain":
                node["dpv:hasPersonalData"] = [self._term("object", name) for name in names]
            case "grant":
                node["dpv:hasRight"] = [term for name in names for term in self._right(name)]
            case "offer":
                controls = [term for kind in promise.terms.get("as", ()) for term in dpv.CONTROLS.get(kind.id, ())]
                if controls:
                    node["dpv:hasConsentControl" if "dpv:ProvideConsent" in controls else "upheld:control"] = _refs(controls)
                node["upheld:choice"] = [self._term("object", name) for name in names]
            case "tell":
                node["dpv:hasNotice"] = [self._told(name) for name in names]
            case "protect":
                node["dpv:hasPersonalData"] = [self._term("object", name) for name in names]
            case _:
                node["upheld:object"] = [self._term("object", name) for name in names]
        done = _refs(dpv.PROCESSING.get(promise.verb, ()))
        if promise.verb == "place":
            done.append({"@id": "upheld:OnDevice"})
        if done:
            node["dpv:hasProcessing"] = done

    def _right(self, name: Name) -> list[Node]:
        terms = dpv.RIGHTS.get(name.id, ()) if dpv.RIGHTS_OF in self.regimes else ()
        return [*_refs(terms), self._term("object", name)]

    def _told(self, name: Name) -> Node:
        kind = dpv.NOTICES.get(name.id)
        self.used.add(name)
        return {"@type": kind or "dpv:Notice", "upheld:about": {"@id": _local(name)}}

    def _tests(self, node: Node, tests: Iterable[Test], promise: Promise | None) -> None:
        for test in tests:
            match test:
                case AnyOf(key, names) | AllOf(key, names):
                    self._key(node, key, shortened(names, self.groups), promise)
                case Known(key, fact, wanted):
                    if wanted and key in ("of", "regime"):
                        self._key(node, key, (fact,), promise)
                    else:
                        _add(node, f"upheld:{key}", [self._known(fact, wanted)])
                case Some(known):
                    for each in known:
                        self._tests(node, (each,), promise)
                case Age(below, least):
                    if below is not None:
                        node["upheld:ageBelow"] = below
                    if least is not None:
                        node["upheld:ageFrom"] = least

    def _known(self, fact: Name, wanted: bool) -> Node:
        self.used.add(fact)
        return {"@id": _local(fact)} if wanted else {"@type": "upheld:Not", "upheld:fact": {"@id": _local(fact)}}

    def _key(self, node: Node, key: str, names: Iterable[Name], promise: Promise | None) -> None:
        verb = promise.verb if promise is not None else ""
        if key == "act" and verb == "locate":
            _add(node, "dpv:hasProcessing", _refs(dpv.ACTS[name.id] for name in names))
        elif key == "by" and verb == "protect":
            for name in names:
                technical = dpv.TECHNICAL.get(name.id)
                if technical:
                    _add(node, "dpv:hasTechnicalMeasure", _refs((technical,)))
                _add(node, "upheld:by", [self._term(key, name)])
        elif key == "to" and verb in dpv.RECIPIENT_VERBS:
            _add(node, "dpv:hasRecipient", [self._term(key, name) for name in names])
        else:
            _add(node, dpv.PROPERTIES.get(key, f"upheld:{key}"), [self._term(key, name) for name in names])

    def _times(self, node: Node, promise: Promise) -> None:
        if promise.verb == "retain":
            node["dpv:hasStorageCondition"] = self._storage(promise)
        elif promise.end is not None:
            node["dpv:hasDuration"] = self._moment(promise.end)
        if promise.due is not None:
            _add(node, "upheld:within", [self._moment(promise.due)])
        if promise.blocks is not None:
            self.used.add(promise.blocks)
            node["upheld:before"] = {"@id": _local(promise.blocks)}
        if promise.every is not None:
            node["dpv:hasFrequency"] = {"@type": "dpv:Frequency", **_length(promise.every)}
        if promise.lasts is not None:
            node["upheld:lasts"] = _length(promise.lasts) if isinstance(promise.lasts, Period) else self._moment(promise.lasts)
        if promise.window is not None:
            node["upheld:window"] = _length(promise.window)
        if promise.excepts:
            node["upheld:exceptionTo"] = [{"@id": f"notice:{clause}"} for clause in sorted(promise.excepts)]

    def _storage(self, promise: Promise) -> Node:
        node: Node = {"@type": "dpv:StorageCondition"}
        if promise.end is not None:
            node["dpv:hasDuration"] = self._moment(promise.end)
        if promise.lasting:
            node["upheld:while"] = [self._known(name, True) for name in promise.lasting]
        if promise.then is not None:
            ending = dpv.ENDINGS.get(promise.then)
            node.update({"dpv:hasProcessing": {"@id": ending}} if ending else {"upheld:then": promise.then})
        if promise.state is not None:
            node["upheld:meanwhile"] = promise.state
        if promise.overwritten is not None:
            node["upheld:overwrittenWithin"] = _length(promise.overwritten)
        return node

    # ---- moments -------------------------------------------------------------------------------------------------------

    def _moment(self, moment: Moment) -> Node:
        match moment:
            case Name():
                self.used.add(moment)
                return {"@type": "dpv:UntilEventDuration", "upheld:event": {"@id": _local(moment)}}
            case After(low, high, of, _):
                node: Node = {"@type": "dpv:TemporalDuration", **_length(high), "upheld:after": self._moment(of)}
                return node if low == high else {**node, "upheld:atLeast": _length(low)}
            case Ahead(period, of):
                return {"@type": "dpv:TemporalDuration", **_length(period), "upheld:ahead": self._moment(of)}
            case Pick(latest, of):
                return {
                    "@type": "dpv:Duration",
                    "upheld:latest" if latest else "upheld:earliest": [self._moment(m) for m in of],
                }
            case At(Birthday(years)):
                return {"@type": "dpv:UntilTimeDuration", "upheld:birthday": years}
            case At(date() as day):
                return {"@type": "dpv:UntilTimeDuration", "dct:date": _day(day)}
            case At("without end"):
                return {"@type": "dpv:EndlessDuration"}
            case At(what):
                return {"@type": "dpv:UntilEventDuration", "upheld:at": str(what)}

    # ---- names ---------------------------------------------------------------------------------------------------------

    def _term(self, key: str, name: Name) -> Node:
        if name.kind is Kind.VALUE and key not in ("basis",):
            return {"@value": name.id}
        found = _dpv_term(key, name)
        if found:
            return {"@id": found}
        self.used.add(name)
        return {"@id": _local(name)}

    def _names(self) -> list[Node]:
        """Each name of ours that was used, and what it holds, until nothing new is named."""
        described: dict[Name, Node] = {}
        while waiting := sorted(self.used - described.keys()):
            for name in waiting:
                described[name] = self._name(name, self.program.names.get(name))
        return [described[name] for name in sorted(described)]

    def _name(self, name: Name, definition: Definition | None) -> Node:
        node: Node = {"@id": _local(name), "@type": _class(name, definition), "rdfs:label": _label(name)}
        if definition is None:
            return node
        broader = [value.id for value in definition.keys.get("dpv", ())]
        if broader:
            node["rdfs:subClassOf"] = _refs(broader)
        for key, names in definition.keys.items():
            if key not in ("dpv", "role", *_TESTED):
                node[f"upheld:{key}"] = [self._term("object", each) for each in names if each != name]
        for key, moment in definition.moments.items():
            node[f"upheld:{key}"] = self._moment(moment)
        for key, period in definition.periods.items():
            node[f"upheld:{key}"] = _length(period)
        self._tests(node, definition.tests, None)
        return node


def _setting(one: Setting) -> Node:
    node: Node = {"@id": f"notice:setting.{one.name}", "@type": "upheld:Setting", "upheld:value": one.value}
    return {**node, "dct:source": one.said_in} | ({"dct:date": _day(one.dated)} if one.dated else {})


def _dpv_term(key: str, name: Name) -> str:
    """The vocabulary's term for a name under this key, or nothing."""
    match name.kind:
        case Kind.DATA if name.id == _EVERY[Kind.DATA]:
            return "dpv:PersonalData"
        case Kind.DATA | Kind.PURPOSE:
            return vocabulary().get((name.kind.value, name.id), ("", False))[0]
        case Kind.PARTY:
            return dpv.SOURCES.get(name.id, "") if key == "from" else dpv.PARTIES.get(name.id, "")
        case Kind.SOURCE:
            return dpv.SOURCES.get(name.id, "")
        case Kind.PLACE:
            return f"loc:{name.id}" if name.id in country_names() else ""
        case Kind.REGIME:
            return dpv.JURISDICTIONS.get(name.id, "")
        case Kind.GROUND:
            return dpv.GROUNDS.get(name.id, "")
        case Kind.BASIS | Kind.VALUE:
            return dpv.BASES.get(name.id, "")
        case _:
            return ""


def _class(name: Name, definition: Definition | None) -> str:
    if name.kind is Kind.PARTY:
        roles = definition.keys.get("role", ()) if definition is not None else ()
        return next((dpv.ROLES[role.id] for role in roles if role.id in dpv.ROLES), "dpv:LegalEntity")
    known = {
        Kind.DATA: "dpv:PersonalData",
        Kind.PURPOSE: "dpv:Purpose",
        Kind.GROUP: "dpv:DataSubject",
        Kind.RIGHT: "dpv:Right",
        Kind.PLACE: "dpv:Location",
        Kind.GROUND: "dpv:Justification",
        Kind.SOURCE: "dpv:DataSource",
    }
    return known.get(name.kind, f"upheld:{name.kind.value.capitalize()}")


def _local(name: Name) -> str:
    return f"notice:{name.kind.value}.{name.id}"


def _rule(promise: str) -> str:
    return f"notice:{promise.replace('#', '.promise-')}"


def _label(name: Name) -> str:
    return name.id.replace("-", " ")


def _refs(terms: Iterable[str]) -> list[Node]:
    return [{"@id": term} for term in terms]


def _day(day: date) -> Node:
    return {"@value": day.isoformat(), "@type": "xsd:date"}


def _length(period: Period) -> Node:
    if period.unit == "working days":
        # XML Schema knows no working days.
        return {"upheld:workingDays": period.amount}
    return {"upheld:length": {"@value": _UNITS[period.unit].format(period.amount), "@type": "xsd:duration"}}


def _add(node: Node, key: str, values: list[Node]) -> None:
    held = node.setdefault(key, [])
    held += [value for value in values if value not in held]
