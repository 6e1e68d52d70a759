"""A change that leaves the rows becomes a plan, tried in the stores and rolled back, with counts: before anything is touched, every refusal is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from upheld.engine.execution.advice.rehearsal import rehearse
from upheld.engine.execution.bind import Bound, Subject, bind
from upheld.engine.execution.corrections import preview_corrections, rehearse_corrections
from upheld.engine.execution.corrections.cells import corrected_identifiers
from upheld.engine.execution.preview import preview
from upheld.engine.plan.corrections import plan_corrections
from upheld.engine.plan.corrections.closing import plan_closing
from upheld.engine.plan.errors import refused
from upheld.engine.plan.keeps import Hold
from upheld.engine.plan.model import Ask, AskKind, Binding, Refused
from upheld.engine.plan.plans import Plan, Preview
from upheld.faces.app.asks.changes.reading import read_corrections
from upheld.faces.app.asks.firm import Firm, or_refuse
from upheld.faces.app.asks.meaning import each_bound, each_once
from upheld.faces.app.asks.meeting.decided import with_merges
from upheld.faces.app.asks.subjects import read_subjects
from upheld.faces.app.installation import Installation

CHANGES: tuple[AskKind, ...] = ("rectification", "closing")


def corrected_lines(app: Installation, firm: Firm, lines: Sequence[str]) -> tuple[Binding, ...]:
    """Everybody whom the lines mean, each once, with what she says is right. NotNow and Unusable as for any ask."""
    said = read_corrections(lines, firm.estate)
    subjects = read_subjects([line for line, _ in said], firm.estate)
    bindings = each_bound(app, firm, with_merges(app, firm.estate, subjects))
    return each_once([replace(one, corrections=each) for one, (_, each) in zip(bindings, said, strict=True)])


def change_now(
    app: Installation, firm: Firm, ask: Ask, bindings: Sequence[Binding], holds: Sequence[Hold]
) -> tuple[Plan, Preview]:
    """The plan of a change with its counts, tried and rolled back. NotNow names what forbids it."""
    today, estate, catalogue = app.settings.today, firm.estate, firm.catalogue
    if ask.kind == "closing":
        plan = or_refuse(plan_closing(firm.program, estate, catalogue, ask))
        counts = or_refuse(preview(plan, estate, catalogue, bindings, firm.stores, today))
        or_refuse(rehearse(plan, estate, catalogue, bindings, firm.stores, today, counts))
        return plan, counts
    or_refuse(_others_identifier(firm, bindings))
    said = {one.ref: one.corrections for one in bindings}
    plan = or_refuse(plan_corrections(firm.program, estate, catalogue, holds, ask, said, today))
    counts = or_refuse(preview_corrections(plan, estate, catalogue, bindings, firm.stores, today))
    or_refuse(rehearse_corrections(plan, estate, catalogue, bindings, firm.stores, today))
    return plan, counts


def _others_identifier(firm: Firm, bindings: Sequence[Binding]) -> Refused | None:
    """L134 where a root row of somebody else bears the identifier that a person says is hers: the two would become one."""
    taken: dict[tuple[str, str, str], str] = {}
    for binding in bindings:
        for linked, normal in corrected_identifiers(binding, region_of(firm)):
            name = linked.kind, linked.form, normal
            if taken.setdefault(name, binding.ref) != binding.ref:
                return refused("L134", f"two people of this ask say that one {linked.form} is theirs", _TWO)
            found = bind(firm.estate, firm.catalogue, firm.stores, [Subject("new", {}, (name,))], set())
            if isinstance(found, Refused) or any(_not_hers(one, binding) for one in found.bindings if isinstance(found, Bound)):
                return refused("L134", f"a row of another person bears this {linked.form}", _TWO)
    return None


_TWO = "Ask the person once more; if both rows are hers, record it first: upheld merge."


def _not_hers(found: Binding, binding: Binding) -> bool:
    return any(key not in binding.roots.get(place, ()) for place, keys in found.roots.items() for key in keys)


def region_of(firm: Firm) -> str:
    """The country whose numbering a phone number without prefix follows, as the first store has it."""
    return next((store.region or store.place for store in firm.estate.stores.values()), "")
