"""A right without a work of its own: a question, a complaint, or what no machine can do; a person writes the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from upheld.duties.requests.model import Case
from upheld.faces.app.desk.model import Done, Prepared, Work

BY_HAND = "a person answers this"


class ByHand:
    """A question, a complaint, or a right that no machine can do: an operator writes the answer (`answer_by_hand`)."""

    rights: frozenset[str] = frozenset()

    def prepare(self, desk: object, case: Case, right: str) -> Prepared:
        return Prepared(approval=True, note=BY_HAND)

    def carry_out(self, desk: object, case: Case, right: str) -> Done:
        return Done(waits="the answer is not written")

    def conclude(self, desk: object, case: Case, right: str, values: Mapping[str, object]) -> Done | None:
        return None


def registered(works: Iterable[Work]) -> Mapping[str, Work]:
    """Right → work. ValueError where two works claim one right."""
    found: dict[str, Work] = {}
    for work in works:
        for right in work.rights:
            if right in found:
                raise ValueError(f"two works for {right}")
            found[right] = work
    return found
