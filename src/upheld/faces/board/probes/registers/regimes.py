"""Which law a person lives under is tried at places worked by hand, on the served rights' page too; which addition a country asks for, at its launch.

A launch without its addition must be refused, and what stands must be shown. The twin's register asks for additions that nobody wrote, and its law's files put the authorities of each
law in another law's places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

import yaml

from upheld.faces.app.scope import Scope, read_scope
from upheld.faces.app.scope.launch import missing_additions
from upheld.faces.app.scope.registry import FILE
from upheld.faces.board.model import Evidence
from upheld.faces.board.probes.context import Probe, ProbeContext
from upheld.faces.board.probes.pages import NOTICE, plain
from upheld.faces.board.probes.registers.tally import Trials
from upheld.language.law import Law
from upheld.language.law.residing import SEEING, laws_at, territory

VERSION = "regimes/1"
RESOLVED, ADDITION = "regime:resolved", "regime:supplement"
SAYS = {
    RESOLVED: "each place leads to the law worked by hand, and the rights' page offers that law's menu there",
    ADDITION: "each addition that a country asks for stands and is shown, and a launch without one is refused",
}
MEND = "Look at `launched-in:` in scope.yaml, and at the law's files."
CURRENT = re.compile(r'place=([a-z0-9-]+)[^"]*" aria-current="true"')
NOBODYS = "addition-that-nobody-wrote"


@cache
def worked() -> tuple[tuple[str, str], ...]:
    """(place, law) as they were worked by hand."""
    text = files("upheld.faces.board.probes.registers").joinpath("places.yaml").read_text("utf-8")
    return tuple((row["place"], row["law"]) for row in yaml.safe_load(text))


def resolved(context: ProbeContext) -> list[Evidence]:
    """Every place, every country of launch."""
    trials = Trials()
    _places(context, trials)
    text = (
        (context.folder / FILE).read_text("utf-8") if context.folder is not None and (context.folder / FILE).is_file() else ""
    )
    scope = read_scope(context.program, text)
    if not scope.launched_in:
        trials.lacking[ADDITION] = "scope.yaml beside the notice names no country of launch"
    else:
        _additions(context, scope, trials)
    return trials.found(context, VERSION, SAYS, MEND)


def _places(context: ProbeContext, trials: Trials) -> None:
    every = list(context.law.regimes)
    listed = [one.id for one in context.program.notices[0].regimes if one.id in context.law.regimes]
    for place, law in worked():
        near = laws_at(context.law, every, place)
        trials.note(RESOLVED, (near[0] if near else "") == law, f"{place} leads to {near[0] if near else 'no law'}")
    if context.visit is None:
        trials.lacking[RESOLVED] = "no site runs, so no rights' page was visited"
        return
    for place, law in [(place, law) for place, law in worked() if law in listed][:3]:
        page = context.visit(f"/your-data?place={place}&lang=en")
        trials.note(RESOLVED, CURRENT.findall(page)[:1] == [law], f"the rights' page takes {place} elsewhere")
    for law in listed:
        of_data = any(right.value == SEEING for right in context.law.regimes[law].rights)
        inside = sorted(territory(context.law.regimes[law])) if of_data else []
        for place in inside[:1]:
            trials.note(RESOLVED, law in laws_at(context.law, listed, place), f"{place} is not reached by {law}")


def _additions(context: ProbeContext, scope: Scope, trials: Trials) -> None:
    program = context.program
    missing = {one.detail.partition(" ")[0] for one in missing_additions(program, scope)}
    for country in scope.launched_in:
        trials.note(ADDITION, country not in missing, f"{country} is launched without its addition")
    without = replace(program, notices=program.notices[:1])
    for country in scope.launched_in:
        wanted = replace(scope, launched_in={country: NOBODYS})
        refused = any(one.code == "N322" and one.severity == "error" for one in missing_additions(without, wanted))
        trials.note(ADDITION, refused, f"a launch in {country} without its addition would be published")
    page = plain(context.visit(NOTICE)) if context.visit is not None else ""
    for addition in (one for one in program.notices if one.supplements):
        lost = [clause for clause in addition.clauses if plain(clause.text) not in page]
        trials.note(ADDITION, not lost, f"{len(lost)} sentences of `{addition.notice}` are not shown")


@contextmanager
def _elsewhere(context: ProbeContext) -> Iterator[ProbeContext]:
    """A register in which every country asks for what nobody wrote, and law files whose authorities stand in the next law's places."""
    laws = list(context.law.regimes.values())
    shifted: Mapping[str, object] = {
        one.id: replace(one, authorities=laws[n - 1].authorities, places=laws[n - 1].places) for n, one in enumerate(laws)
    }
    with TemporaryDirectory(prefix="upheld-launch-") as name:
        source = context.folder / FILE if context.folder is not None else None
        said = yaml.safe_load(source.read_text("utf-8")) if source is not None and source.is_file() else {}
        said["launched-in"] = dict.fromkeys(said.get("launched-in") or {"IE": ""}, NOBODYS)
        (Path(name) / FILE).write_text(yaml.safe_dump(said), encoding="utf-8")
        yield replace(context, folder=Path(name), law=Law(MappingProxyType(shifted)), sandboxed=True)  # type: ignore[arg-type]


REGIMES = Probe("regimes", 1, frozenset(SAYS), resolved, _elsewhere)
