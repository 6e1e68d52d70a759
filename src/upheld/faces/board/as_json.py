"""The board for machines: notice, moment, clauses with state, controls and evidence, totals of all seven states; capabilities.

The shape is a contract; keys are only ever added. Moments are RFC 3339 in UTC. Not taken: margin words in the JSON; a
machine reads `standing`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from upheld.faces.board.model import Board, CapabilityState, ClauseState, Evidence, Judged


def board_json(board: Board) -> dict[str, Any]:
    """The board as JSON values. `controls` are those that the clause's keys call for, each with how it stands."""
    return {
        "notice": board.notice,
        "at": _moment(board.at),
        "clauses": [_clause(c) for c in board.clauses],
        "totals": board.totals(),
        "checkpoint": board.checkpoint,
        "ledger_verified": board.ledger_verified,
        "capabilities": [_capability(c) for c in board.capabilities],
        "capability_totals": board.abilities(),
    }


def _capability(one: CapabilityState) -> dict[str, Any]:
    return {
        "id": one.capability.id,
        "name": one.capability.name,
        "state": one.state,
        "controls": [_control(j) for j in one.controls],
        "evidence": [_evidence(e) for e in one.evidence],
    }


def _clause(clause: ClauseState) -> dict[str, Any]:
    return {
        "id": clause.id,
        "state": clause.state,
        "controls": [_control(j) for j in clause.controls],
        "evidence": [_evidence(e) for e in clause.evidence],
        "margin": clause.margin,
    }


def _control(judged: Judged) -> dict[str, Any]:
    return {
        "id": judged.need.id,
        "standing": judged.standing,
        "fresh_until": _moment(judged.fresh_until) if judged.fresh_until else None,
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "at": _moment(evidence.at),
        "entry": evidence.entry,
        "outcome": evidence.outcome,
        "exercised": evidence.exercised,
        "control": evidence.control,
        "probe": evidence.probe,
        "canary": evidence.canary,
        "detail": dict(evidence.detail),
        "twin_red": _moment(evidence.twin_red) if evidence.twin_red else None,
        "says": evidence.says,
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
