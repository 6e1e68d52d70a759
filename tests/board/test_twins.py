"""Every probe holds over the firm as it is, and its twin goes red over a fault planted in a store, a map, a file or a ledger."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.board.firm import FIRM
from upheld.faces.board.probes import PROBES, Probe, ProbeContext
from upheld.faces.board.prove import try_twin


@pytest.fixture
def firm(firm: ProbeContext) -> ProbeContext:
    """With the folder from which a desk is made; tests of other things do without one, and without its seconds."""
    return replace(firm, folder=FIRM)


@pytest.mark.parametrize("probe", PROBES, ids=lambda p: p.name)
def test_the_probe_finds_something_to_exercise_and_its_twin_goes_red_over_its_planted_fault(
    probe: Probe, firm: ProbeContext
) -> None:
    found = probe.run(firm)
    assert found
    for evidence in found:
        assert evidence.control in probe.given(firm.program)
        assert evidence.probe == probe.id
        assert evidence.says
    tried = try_twin(firm, probe, probe.given(firm.program))
    assert tried and all(red for red, _ in tried.values()), tried


def test_every_control_has_one_probe() -> None:
    controls = [c for p in PROBES for c in p.controls]
    assert len(controls) == len(set(controls))


def test_every_probe_stands_on_the_board_s_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "board.md").read_text("utf-8")
    named = {"absent-…" if probe.name.startswith("absent-") else probe.name for probe in PROBES}
    assert {name for name in named if f"| `{name}` |" not in page} == set()
