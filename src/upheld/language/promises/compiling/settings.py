"""Settings of the notice and of its deployment to one value each; a deployment may tighten one, never loosen it (P302).

A setting that only ceilings use is tighter when shorter, one that a floor uses when longer, one that both use when
equal. Not taken: trusting the deployment's word for it; who and why are kept, and the comparison is ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from upheld.language.diagnostic import Diagnostic
from upheld.language.notice import finding
from upheld.language.notice.findings import nearest, shown
from upheld.language.notice.front import read_day
from upheld.language.notice.model import Word
from upheld.language.notice.tree import Fault, Table, read_tree
from upheld.language.promises.compiling.moments import BY_ESTATE, Clock, Span, Unreadable, periods_of, surely_not_longer
from upheld.language.promises.compiling.names import NameTable
from upheld.language.promises.model import Program, Setting

KEYS = ("settings", "tightened-by", "because", "dated")
_CAP = re.compile(r"(\d{1,6}) per (.+)\Z")
_NOWHERE = Clock(NameTable({}, {}), {})


def deployed(texts: Mapping[str, str], deployment: tuple[str, str] | None, found: list[Diagnostic]) -> tuple[Setting, ...]:
    """Every setting with the value that counts, sorted by name; findings on the deployment file's shape."""
    settings = {name: Setting(name, text, "notice") for name, text in texts.items()}
    if deployment is not None:
        file, text = deployment
        values, reasons = _read(file, text, found)
        for word, value in values:
            if word.text not in texts:
                why = f"The notice has no setting {shown(word.text)}."
                found.append(
                    finding(
                        "P201",
                        file,
                        word.line,
                        why,
                        suggestion=nearest(word.text, texts),
                        help="Name a setting of the notice's front matter.",
                    )
                )
                continue
            dated = reasons.get("dated", "")
            try:
                day = read_day(dated) if dated else None
            except ValueError:
                day = None
            settings[word.text] = Setting(
                word.text,
                " ".join(value.text.split()),
                "deployment",
                reasons.get("because", ""),
                reasons.get("tightened-by", ""),
                day,
            )
    return tuple(settings[name] for name in sorted(settings))


def _read(file: str, text: str, found: list[Diagnostic]) -> tuple[list[tuple[Word, Word]], dict[str, str]]:
    tree = read_tree(text, 1, depth=3)
    if isinstance(tree, Fault) or (tree is not None and not isinstance(tree, Table)):
        why = tree.why if isinstance(tree, Fault) else "it is not made of `key: value` lines"
        found.append(finding("N203", file, tree.line, f"The deployment file cannot be read: {why}."))
        return [], {}
    values: list[tuple[Word, Word]] = []
    reasons: dict[str, str] = {}
    for key, value in tree.entries if tree else ():
        if key.text == "settings" and isinstance(value, Table):
            values += [(name, item) for name, item in value.entries if isinstance(item, Word)]
        elif key.text in KEYS and key.text != "settings" and isinstance(value, Word):
            reasons[key.text] = value.text.strip()
        else:
            why = f"{shown(key.text)} is no key of a deployment file, or its value cannot be read."
            found.append(finding("N203", file, key.line, why, suggestion=nearest(key.text, KEYS)))
    for key_name in KEYS[1:] if values else ():
        if not reasons.get(key_name):
            found.append(
                finding(
                    "N201",
                    file,
                    1,
                    f"`{key_name}:` is missing.",
                    help=f"Write `{key_name}:`: who tightened the settings, why, and when.",
                )
            )
    return values, reasons


def judge_deployment(texts: Mapping[str, str], program: Program, deployment: tuple[str, str] | None) -> Iterable[Diagnostic]:
    """P302 for each setting of the deployment that is not surely as tight as the text."""
    if deployment is None:
        return
    file, text = deployment
    ceilings, floors = _uses(program)
    values, _ = _read(file, text, [])
    for word, value in values:
        said = texts.get(word.text)
        now = " ".join(value.text.split())
        if said is None or said == now:
            continue
        if not _tight(said, now, word.text in ceilings, word.text in floors):
            bound = sorted(set(_bound(program, word.text)))
            who = f" It binds {', '.join(bound[:3])}." if bound else ""
            why = f"{shown(word.text)} is {shown(said)} in the notice and {shown(now)} here.{who}"
            yield finding("P302", file, word.line, why)


def _bound(program: Program, setting: str) -> Iterable[str]:
    for promise in program.promises:
        if setting in periods_of(promise.end) | periods_of(promise.due):
            yield from promise.source.clauses


def _uses(program: Program) -> tuple[frozenset[str], frozenset[str]]:
    ceilings: set[str] = set()
    floors: set[str] = set()
    for promise in program.promises:
        is_floor = promise.modality == "will" and promise.verb == "retain"
        (floors if is_floor else ceilings).update(periods_of(promise.end))
        ceilings |= periods_of(promise.due)
    return frozenset(ceilings), frozenset(floors)


def _tight(said: str, now: str, ceiling: bool, floor: bool) -> bool:
    caps = _CAP.match(said), _CAP.match(now)
    if caps[0] and caps[1]:
        return int(caps[1][1]) <= int(caps[0][1]) and caps[0][2] == caps[1][2]
    if BY_ESTATE in (said, now):
        return False
    try:
        old, new = _NOWHERE.span(said), _NOWHERE.span(now)
    except Unreadable:
        return False
    if old.low != old.high:
        return surely_not_longer(old.low, new.low) and surely_not_longer(new.high, old.high)
    return (
        (not floor or _at_least(new, old))
        and (not ceiling or surely_not_longer(new.high, old.high))
        and (ceiling or floor or surely_not_longer(new.high, old.high))
    )


def _at_least(new: Span, old: Span) -> bool:
    return surely_not_longer(old.low, new.low)
