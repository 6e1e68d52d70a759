"""The desk's channels, clocks, proofs, rights and answers are tried by an invented person; the twins plant faults in the desk's own database and stores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import yaml

from upheld.engine.stores.shadow import Shadow
from upheld.faces.app.declared.profiles import FILE as PROFILES
from upheld.faces.board.model import Evidence
from upheld.faces.board.probes.context import Probe, ProbeContext
from upheld.faces.board.probes.desk.answers import SAID, looked_for, try_answers
from upheld.faces.board.probes.desk.charging import controls as charging
from upheld.faces.board.probes.desk.charging import try_fee
from upheld.faces.board.probes.desk.doing import BY_HAND, STATES, TRIALS, try_rights
from upheld.faces.board.probes.desk.fanning_out import controls as fanned_out
from upheld.faces.board.probes.desk.fanning_out import try_fanning_out, with_ways_round
from upheld.faces.board.probes.desk.opening import (
    CENTRE,
    CLOCK,
    MAIL,
    ROLE,
    SCREENS,
    WRITTEN_DOWN,
    Granted,
    granted,
    try_channels,
    try_lateness,
)
from upheld.faces.board.probes.desk.proving import try_proofs
from upheld.faces.board.probes.desk.refusing import LAW, REASON, refusals, try_refusals
from upheld.faces.board.probes.desk.tally import Tally, evidence_of
from upheld.faces.board.probes.desk.world import OWN, desk_world
from upheld.faces.board.probes.people import Row
from upheld.faces.board.probes.registers.tally import Trials
from upheld.faces.board.probes.rights.own_pages import MEND, SAYS, controls_of, try_own_pages, try_pages
from upheld.faces.board.probes.rights.own_pages import controls as screens
from upheld.faces.board.probes.rights.rules import RULES, try_rules
from upheld.language.law import load_law
from upheld.language.promises.model import Program

VERSION = "desk/2"
SIGNED_IN = "sign-in"  # tried with her own pages
ENOUGH = 2
REFUSED, CONTENT = "refusals:rule", "content:rule"
KINDS = {
    REFUSED: "a right is refused on a ground of law or notice alone, with reasons, by two people, in a letter that says where the ground stands",
    CONTENT: "a request that lacks what the notice wants said waits, is asked back for it, and goes on with it",
}
MEND_RULES = "Look at the case's way with `upheld desk`."
PROOFS = frozenset({"identity", "law", "address", "authority", "guardianship", SIGNED_IN})  # shown, not said
CANARYS = frozenset({"access", "erasure", "rectification"})  # whose plans another probe tries


def asked(context: ProbeContext) -> list[Evidence]:
    """Channels, clock and proofs of every promise of a right."""
    if context.folder is None:
        return []
    tally = Tally()
    with desk_world(context) as desk:
        each = whole = granted(context.program, desk.desk.law)
        if context.sandboxed:
            each = _fewest(context.program, each)
        cases = try_channels(desk, each, tally)
        for case in list(cases.values())[:1]:
            late = try_lateness(desk, case)
            for one in each:
                if one.promise.id in cases:
                    tally.note(CLOCK, one.promise.id, late, "a case whose day was missed is no incident")
        try_proofs(desk, each, cases, tally)
        rules = try_rules(desk, whole)
        pages = try_pages(desk, context.program.notices[0].regimes[0].id)
        try_own_pages(desk, each, tally)
        try_refusals(desk, each, tally)
        went = try_rights(desk, each, tally, lambda: try_fee(desk, each, tally))
        try_answers(desk, each, went, tally)
        try_fanning_out(desk, {key: way.case for key, way in went.items()}, desk.mailed, tally)
    kinds = [
        replace(one, canary="shadow")
        for one in _of_each_kind(tally).found(context, VERSION, KINDS, MEND_RULES)
        if one.exercised
    ]
    own = [replace(one, canary="shadow") for one in pages.found(context, VERSION, SAYS, MEND)]
    return [*rules, *kinds, *own, *with_ways_round(context, evidence_of(context, tally, VERSION, _asked_for(context.program)))]


def _of_each_kind(tally: Tally) -> Trials:
    """What sentence by sentence was tried of refusals and of what a request must say, as one rule each, whichever grounds and items a notice names."""
    trials = Trials()
    for (control, promise), n in tally.tried.items():
        family, _, item = control.partition(":")
        rule = REFUSED if family == "ground" else CONTENT if family == "proof" and item not in PROOFS else ""
        wrong = tally.wrong.get((control, promise), [])
        for number in range(n if rule else 0):
            trials.note(rule, number >= len(wrong), wrong[number] if number < len(wrong) else "")
    return trials


def _asked_for(program: Program) -> frozenset[str]:
    """Every control of a promise of rights that some trial of the desk is of, under the laws of the notice."""
    if program.digest not in _KNOWN:
        _KNOWN.clear()
        _KNOWN[program.digest] = frozenset(_controls(program))
    return _KNOWN[program.digest]


_KNOWN: dict[str, frozenset[str]] = {}


def _fewest(program: Program, each: Sequence[Granted]) -> tuple[Granted, ...]:
    """Sentences enough that each control is tried for two of them, where two call for it: over a planted fault one red is as good as many."""
    counted: dict[str, set[str]] = {}
    kept = []
    for one in each:
        controls = set(_of(program, one))
        if any(len(counted.get(control, ())) < ENOUGH for control in controls):
            kept.append(one)
            for control in controls:
                counted.setdefault(control, set()).add(one.promise.id)
    return tuple(kept)


def _controls(program: Program) -> Iterator[str]:
    yield from screens(program)
    for one in granted(program, load_law()):
        yield from _of(program, one)


def _of(program: Program, one: Granted) -> Iterator[str]:
    rights = {*one.rights}
    yield CLOCK
    yield from (f"channel:{channel}" for channel in one.said("by") & {*WRITTEN_DOWN, MAIL, CENTRE})
    yield from (f"channel:{channel}" for channel in one.said("by") & SCREENS.keys() if rights <= SCREENS[channel])
    yield from (f"proof:{proof}" for proof in one.said("proof") - {"none", SIGNED_IN})
    yield from (f"plan:{right}" for right in rights & {*TRIALS, *BY_HAND} - CANARYS)
    yield from (f"state:{one.promise.state}" for right in rights if one.promise.state in STATES.get(right, ()))
    if one.said("proof") - PROOFS - {"none"}:
        yield CONTENT
    grounds = refusals(program, one)
    if set(grounds) - {LAW}:
        yield REFUSED
    yield from (f"ground:{ground}" for ground in grounds)
    if grounds and "reason" in one.said("needs"):
        yield REASON
    yield from charging(program, one)
    yield from controls_of(one)
    yield from fanned_out(program, rights)
    yield from (f"{ROLE}:{role}" for role in one.said("handled-by"))
    for key, family in SAID:
        yield from (f"{family}:{item}" for item in one.said(key) if looked_for(one, item))


FAULTS = """
CREATE FUNCTION planted_request() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  NEW.answer_by := NEW.answer_by + 90;
  IF TG_OP = 'INSERT' THEN NEW.received_at := NEW.received_at + interval '5 days'; END IF;
  IF TG_OP = 'INSERT' AND NEW.state = 'incomplete' THEN NEW.state := 'identity'; END IF;
  RETURN NEW; END $$;
CREATE TRIGGER planted BEFORE INSERT OR UPDATE OF answer_by ON request FOR EACH ROW EXECUTE FUNCTION planted_request();
CREATE FUNCTION planted_owner() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  NEW.owner := ''; RETURN NEW; END $$;
CREATE TRIGGER planted_owner BEFORE UPDATE OF owner ON request FOR EACH ROW EXECUTE FUNCTION planted_owner();
CREATE FUNCTION planted_token() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  NEW.used_at := NULL; NEW.expires_at := now() + interval '90 years'; RETURN NEW; END $$;
CREATE TRIGGER planted BEFORE INSERT OR UPDATE ON request_token FOR EACH ROW EXECUTE FUNCTION planted_token();
CREATE FUNCTION planted_paper() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  NEW.destroyed_at := NULL; RETURN NEW; END $$;
CREATE TRIGGER planted BEFORE UPDATE ON request_paper FOR EACH ROW EXECUTE FUNCTION planted_paper();
CREATE FUNCTION planted_letter() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.kind NOT IN ('acknowledgement', 'complaint-received', 'prove-email', 'more-identity', 'more-content') THEN NEW.ref := 'R-9999'; END IF;
  RETURN NEW; END $$;
CREATE TRIGGER planted BEFORE INSERT ON letter FOR EACH ROW EXECUTE FUNCTION planted_letter();
CREATE FUNCTION planted_file() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  NEW.expires_at := NEW.made_at; RETURN NEW; END $$;
CREATE TRIGGER planted BEFORE INSERT ON request_delivery FOR EACH ROW EXECUTE FUNCTION planted_file();
CREATE FUNCTION planted_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  NEW.answered_by := ''; NEW.told_at := NEW.told_at + interval '90 days'; RETURN NEW; END $$;
CREATE TRIGGER planted BEFORE UPDATE ON recipient_order FOR EACH ROW EXECUTE FUNCTION planted_order();
CREATE FUNCTION planted_session() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  NEW.handed := decode(md5(random()::text), 'hex'); RETURN NEW; END $$;
CREATE TRIGGER planted BEFORE INSERT ON person_session FOR EACH ROW EXECUTE FUNCTION planted_session();
CREATE FUNCTION planted_fact() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  NEW.day := NEW.day - 400; RETURN NEW; END $$;
CREATE TRIGGER planted BEFORE INSERT OR UPDATE ON person_fact FOR EACH ROW EXECUTE FUNCTION planted_fact();
"""


@contextmanager
def _faulty(context: ProbeContext) -> Iterator[ProbeContext]:
    """In the desk's database: later days and moments, requests that are whole before they are, links that never end, papers that stay, words that
    may be taken twice; in its texts every cell is people's own to change."""

    def plant(shadows: Mapping[str, Shadow], rows: Mapping[str, list[Row]]) -> None:
        if OWN in shadows:
            shadows[OWN].execute(FAULTS)

    def open_all(folder: Path) -> None:
        places = [
            f"{store.store}.{table.name}.{column.name}"
            for store in context.estate.stores.values()
            for table in store.tables.values()
            if table.root
            for column in table.columns
        ]
        (folder / PROFILES).write_text(yaml.safe_dump({"editable": places}), encoding="utf-8")

    yield replace(context, planting=plant, altering=open_all, post=lambda: "", sandboxed=True)


DESK = Probe("desk", 2, RULES | SAYS.keys(), asked, _faulty, _asked_for)
