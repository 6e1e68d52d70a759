"""A program to its canonical JSON and back; the digest is SHA-256 over the RFC 8785 form.

One object a promise, names as `kind:id`, every value resolved. A set of names that is exactly a group's leaves is
written as the group's name, so that `personal-data` is one word and not three hundred. Strings, integers, booleans,
lists and objects only. Not taken: pickling, which no other program can read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any

import rfc8785

from upheld.language.promises.model import (
    After,
    Age,
    Ahead,
    AllOf,
    AnyOf,
    At,
    Birthday,
    Citation,
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
    Source,
    Test,
)

FORMAT = "upheld-program/1"
Json = Any
Groups = Mapping[frozenset[Name], Name]


def to_json(program: Program) -> bytes:
    """The canonical form, UTF-8. The digest is not part of it."""
    return rfc8785.dumps(_program(program))


def canonical_promise(promise: Promise) -> str:
    """One promise in its canonical form, every name written out."""
    return rfc8785.dumps(_promise(promise, {})).decode()


def with_digest(program: Program) -> Program:
    """The same program, its digest computed."""
    return replace(program, digest=sha256(to_json(program)).hexdigest())


def from_json(text: bytes) -> Program:
    """The program of a canonical form, digest computed from `text`. ValueError if it is not one."""
    try:
        return replace(_read_program(json.loads(text)), digest=sha256(text).hexdigest())
    except (KeyError, TypeError, AttributeError, RecursionError) as why:
        raise ValueError("this is no program in JSON") from why


# ---- writing ------------------------------------------------------------------------------------------------------------


def _program(program: Program) -> Json:
    plain = {name for name, each in program.names.items() if _is_plain(each)}
    groups: dict[frozenset[Name], Name] = {}
    for name in sorted(program.names):
        leaves = program.names[name].leaves
        if len(leaves) > 1 and name not in plain:
            groups.setdefault(leaves, name)
    return {
        "format": FORMAT,
        "notices": [_notice(each, groups) for each in program.notices],
        "names": [_definition(each) for name, each in sorted(program.names.items()) if name not in plain],
        "atoms": _atoms(plain),
        "promises": [_promise(each, groups) for each in program.promises],
        "resolutions": [_resolution(each) for each in program.resolutions],
        "settings": [_setting(each) for each in program.settings],
    }


def _is_plain(definition: Definition) -> bool:
    """Whether it says nothing but that the name is there."""
    says = (
        definition.line or definition.keys or definition.moments or definition.periods or definition.tests or definition.clause
    )
    return not says and len(definition.leaves) == 1 and definition.name in definition.leaves


def _atoms(names: Iterable[Name]) -> Json:
    """Names that stand for themselves alone: kind → ids, parted by spaces; a thousand strings would cost a third of all."""
    by_kind: dict[str, list[str]] = {}
    for name in sorted(names):
        by_kind.setdefault(name.kind.value, []).append(name.id)
    return {kind: " ".join(ids) for kind, ids in by_kind.items()}


def _some(**members: Json) -> Json:
    """An object without its empty members."""
    return {key.replace("_", "-"): value for key, value in members.items() if value not in (None, "", [], {}, False)}


def _set(names: frozenset[Name], groups: Groups) -> Json:
    group = groups.get(names)
    return str(group) if group is not None else [str(name) for name in sorted(names)]


def _list(names: Iterable[Name]) -> Json:
    return [str(name) for name in names]


def _promise(promise: Promise, groups: Groups) -> Json:
    source = promise.source
    return _some(
        id=promise.id,
        notice=source.notice,
        version=source.version.isoformat(),
        clauses=list(source.clauses),
        line=source.line,
        file=source.file,
        cites=[_citation(each) for each in source.cites],
        modality=promise.modality,
        verb=promise.verb,
        object=_set(promise.object, groups),
        scope=[_test(each, groups) for each in promise.scope],
        door={"tests": [_test(each, groups) for each in promise.door]} if promise.door is not None else None,
        excepts=sorted(promise.excepts),
        until=_moment(promise.end),
        **{"while": _list(promise.lasting)},
        within=_moment(promise.due),
        before=str(promise.blocks) if promise.blocks else None,
        every=_period(promise.every),
        then=promise.then,
        meanwhile=promise.state,
        overwritten_within=_period(promise.overwritten),
        law=promise.law,
        lasts=_lasts(promise.lasts),
        window=_period(promise.window),
        terms={key: _list(names) for key, names in promise.terms.items()},
    )


def _lasts(lasts: Period | Moment | None) -> Json:
    return {"period": _period(lasts)} if isinstance(lasts, Period) else _moment(lasts)


def _citation(cite: Citation) -> Json:
    return {"source": cite.source, "at": cite.at, "confidence": cite.confidence, "confirmed": cite.confirmed}


def _test(test: Test, groups: Groups) -> Json:
    match test:
        case AnyOf(key, names):
            return {"any": key, "of": _set(names, groups)}
        case AllOf(key, names):
            return {"all": key, "of": _set(names, groups)}
        case Known(key, fact, wanted):
            return {"known": key, "fact": str(fact), "wanted": wanted}
        case Some(tests):
            return {"some": [_test(each, groups) for each in tests]}
        case Age(below, least):
            return {"age": {key: value for key, value in (("below", below), ("least", least)) if value is not None}}


def _period(period: Period | None) -> Json:
    return None if period is None else {period.unit: period.amount}


def _moment(moment: Moment | None) -> Json:
    match moment:
        case None:
            return None
        case Name():
            return str(moment)
        case After(low, high, of, named):
            return _some(low=_period(low), high=_period(high), after=_moment(of), named=named)
        case Ahead(period, of):
            return {"period": _period(period), "ahead": _moment(of)}
        case Pick(latest, of):
            return {"latest" if latest else "earliest": [_moment(each) for each in of]}
        case At(Birthday(years)):
            return {"birthday": years}
        case At(date() as day):
            return {"on": day.isoformat()}
        case At(what):
            return {"at": what}


def _definition(definition: Definition) -> Json:
    return _some(
        name=str(definition.name),
        leaves=_list(sorted(definition.leaves)),
        keys={key: _list(names) for key, names in definition.keys.items()},
        moments={key: _moment(moment) for key, moment in definition.moments.items()},
        periods={key: _period(period) for key, period in definition.periods.items()},
        tests=[_test(test, {}) for test in definition.tests],
        clause=definition.clause,
        line=definition.line,
        file=definition.file,
    )


def _notice(notice: NoticeVersion, groups: Groups) -> Json:
    return _some(
        notice=notice.notice,
        title=notice.title,
        language=notice.language,
        updated=notice.updated.isoformat(),
        effective=notice.effective.isoformat(),
        controller=notice.controller,
        regimes=_list(notice.regimes),
        file=notice.file,
        supplements=notice.supplements,
        covers=[_test(test, groups) for test in notice.covers],
        prevails=notice.prevails,
        officer=notice.officer,
        officer_reason=notice.officer_reason,
        retired=list(notice.retired),
        clauses=[_clause(clause) for clause in notice.clauses],
    )


def _clause(clause: Clause) -> Json:
    return _some(
        id=clause.id,
        section=clause.section,
        text=clause.text,
        line=clause.line,
        binding=clause.binding,
        promises=list(clause.promises),
        defines=_list(clause.defines),
        html=clause.html,
        file=clause.file,
    )


def _resolution(resolution: Resolution) -> Json:
    return {
        "clauses": list(resolution.clauses),
        "prevails": resolution.prevails,
        "because": resolution.because,
        "by": resolution.by,
        "dated": resolution.dated.isoformat(),
        "file": resolution.file,
        "line": resolution.line,
    }


def _setting(setting: Setting) -> Json:
    return _some(
        name=setting.name,
        value=setting.value,
        said_in=setting.said_in,
        because=setting.because,
        by=setting.by,
        dated=setting.dated.isoformat() if setting.dated else None,
    )


# ---- reading ------------------------------------------------------------------------------------------------------------


def _name(text: str) -> Name:
    kind, _, word = text.partition(":")
    return Name(Kind(kind), word)


def _read_program(tree: Json) -> Program:
    if tree["format"] != FORMAT:
        raise ValueError("the program is of another format")
    definitions = [_read_definition(each) for each in tree["names"]]
    atoms = [Name(Kind(kind), word) for kind, ids in tree["atoms"].items() for word in ids.split(" ")]
    definitions += [Definition(name, frozenset({name})) for name in atoms]
    names = {each.name: each for each in sorted(definitions, key=lambda one: one.name)}
    return Program(
        notices=tuple(_read_notice(each, names) for each in tree["notices"]),
        names=names,
        promises=tuple(_read_promise(each, names) for each in tree["promises"]),
        resolutions=tuple(_read_resolution(each) for each in tree["resolutions"]),
        settings=tuple(_read_setting(each) for each in tree["settings"]),
        digest="",
    )


Names = Mapping[Name, Definition]


def _read_set(tree: Json, names: Names) -> frozenset[Name]:
    return names[_name(tree)].leaves if isinstance(tree, str) else frozenset(map(_name, tree))


def _read_list(tree: Json) -> tuple[Name, ...]:
    return tuple(map(_name, tree or ()))


def _read_test(tree: Json, names: Names) -> Test:
    if "any" in tree:
        return AnyOf(tree["any"], _read_set(tree["of"], names))
    if "all" in tree:
        return AllOf(tree["all"], _read_set(tree["of"], names))
    if "known" in tree:
        return Known(tree["known"], _name(tree["fact"]), tree["wanted"])
    if "some" in tree:
        known = (_read_test(each, names) for each in tree["some"])
        return Some(tuple(each for each in known if isinstance(each, Known)))
    return Age(tree["age"].get("below"), tree["age"].get("least"))


def _read_tests(tree: Json, names: Names) -> tuple[Test, ...]:
    return tuple(_read_test(each, names) for each in tree or ())


def _read_period(tree: Json) -> Period | None:
    if tree is None:
        return None
    ((unit, amount),) = tree.items()
    return Period(amount, unit)


def _some_period(tree: Json) -> Period:
    return _read_period(tree) or Period(0, "days")


def _read_moment(tree: Json) -> Moment | None:
    return None if tree is None else _some_moment(tree)


def _some_moment(tree: Json) -> Moment:
    if isinstance(tree, str):
        return _name(tree)
    if "after" in tree:
        return After(_some_period(tree["low"]), _some_period(tree["high"]), _some_moment(tree["after"]), tree.get("named"))
    if "ahead" in tree:
        return Ahead(_some_period(tree["period"]), _some_moment(tree["ahead"]))
    if "latest" in tree or "earliest" in tree:
        return Pick("latest" in tree, tuple(map(_some_moment, tree.get("latest") or tree.get("earliest"))))
    if "birthday" in tree:
        return At(Birthday(tree["birthday"]))
    return At(date.fromisoformat(tree["on"])) if "on" in tree else At(tree["at"])


def _read_promise(tree: Json, names: Names) -> Promise:
    cites = tuple(Citation(each["source"], each["at"], each["confidence"], each["confirmed"]) for each in tree.get("cites", ()))
    source = Source(
        tree["notice"],
        date.fromisoformat(tree["version"]),
        tuple(tree.get("clauses", ())),
        tree["line"],
        tree.get("file", ""),
        cites,
    )
    lasts = tree.get("lasts")
    is_period = isinstance(lasts, dict) and set(lasts) == {"period"}
    return Promise(
        id=tree["id"],
        source=source,
        modality=tree["modality"],
        verb=tree["verb"],
        object=_read_set(tree.get("object", []), names),
        scope=_read_tests(tree.get("scope"), names),
        door=_read_tests(tree["door"]["tests"], names) if "door" in tree else None,
        excepts=frozenset(tree.get("excepts", ())),
        end=_read_moment(tree.get("until")),
        lasting=_read_list(tree.get("while")),
        due=_read_moment(tree.get("within")),
        blocks=_name(tree["before"]) if "before" in tree else None,
        every=_read_period(tree.get("every")),
        then=tree.get("then"),
        state=tree.get("meanwhile"),
        overwritten=_read_period(tree.get("overwritten-within")),
        law=tree.get("law", False),
        lasts=_some_period(lasts["period"]) if is_period else _read_moment(lasts),
        window=_read_period(tree.get("window")),
        terms={key: _read_list(each) for key, each in tree.get("terms", {}).items()},
    )


def _read_definition(tree: Json) -> Definition:
    return Definition(
        name=_name(tree["name"]),
        leaves=frozenset(_read_list(tree.get("leaves"))),
        keys={key: _read_list(each) for key, each in tree.get("keys", {}).items()},
        moments={key: _some_moment(each) for key, each in tree.get("moments", {}).items()},
        periods={key: _some_period(each) for key, each in tree.get("periods", {}).items()},
        tests=_read_tests(tree.get("tests"), {}),
        clause=tree.get("clause", ""),
        line=tree.get("line", 0),
        file=tree.get("file", ""),
    )


def _read_notice(tree: Json, names: Names) -> NoticeVersion:
    return NoticeVersion(
        notice=tree["notice"],
        title=tree.get("title", ""),
        language=tree.get("language", ""),
        updated=date.fromisoformat(tree["updated"]),
        effective=date.fromisoformat(tree["effective"]),
        controller=tree.get("controller", ""),
        regimes=_read_list(tree.get("regimes")),
        clauses=tuple(_read_clause(each) for each in tree.get("clauses", ())),
        file=tree.get("file", ""),
        supplements=tree.get("supplements", ""),
        covers=_read_tests(tree.get("covers"), names),
        prevails=tree.get("prevails", False),
        officer=tree.get("officer", ""),
        officer_reason=tree.get("officer-reason", ""),
        retired=tuple(tree.get("retired", ())),
    )


def _read_clause(tree: Json) -> Clause:
    return Clause(
        tree["id"],
        tree.get("section", ""),
        tree.get("text", ""),
        tree["line"],
        tree["binding"],
        tuple(tree.get("promises", ())),
        _read_list(tree.get("defines")),
        tree.get("html", ""),
        tree.get("file", ""),
    )


def _read_resolution(tree: Json) -> Resolution:
    return Resolution(
        tuple(tree["clauses"]),
        tree["prevails"],
        tree["because"],
        tree["by"],
        date.fromisoformat(tree["dated"]),
        tree["file"],
        tree["line"],
    )


def _read_setting(tree: Json) -> Setting:
    dated = date.fromisoformat(tree["dated"]) if "dated" in tree else None
    return Setting(tree["name"], tree.get("value", ""), tree["said-in"], tree.get("because", ""), tree.get("by", ""), dated)
