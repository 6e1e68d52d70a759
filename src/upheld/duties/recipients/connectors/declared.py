"""What connectors over a published interface share: JSON calls with a credential, an order as found records and what is done to each.

Such a recipient is *unproven* until a real one answered. Erased is what a second search does not find; where the search may lag or a
recycle bin holds it, the order stays acknowledged and is looked at again. An envelope with a word that the pages do not have is not guessed at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from upheld.duties.recipients.connectors.means import Means, cannot, written
from upheld.duties.recipients.connectors.transport import Reply, checked, unknown_answer
from upheld.duties.recipients.model import Entry, Found, Identifier, Order, Outcome

PAGES_MOST = 100  # of one search; more is nobody's own records


@dataclass(frozen=True, slots=True)
class Held:
    """One record that a recipient holds: its id there, its kind there, its fields."""

    id: str
    kind: str
    fields: Mapping[str, object]


class Interface(Protocol):
    """What one service's file says: how it is searched, and what is done to one record."""

    fields: Mapping[str, str]
    marks: Mapping[str, Mapping[str, object]]

    def search(self, form: str, value: str) -> list[Held]: ...
    def erase(self, held: Sequence[Held]) -> int: ...
    def change(self, held: Sequence[Held], to: Mapping[str, object]) -> int: ...
    def left(self, form: str, value: str) -> bool: ...


class Declared:
    """An order against an Interface. `with.fields`: leaf → field there; `with.marks`: act → field → value."""

    def __init__(self, name: str, capabilities: frozenset[str], entry: Entry, api: Api, interface: Interface) -> None:
        self.name, self.capabilities = name, capabilities
        self._entry, self._api, self._interface = entry, api, interface

    def send(self, order: Order) -> Outcome:
        who = order.by(self._entry.found_by)
        if not who or order.act not in self.capabilities:
            raise cannot(self._entry, order.act)
        if order.act == "access":
            found = self.find(who)
            return Outcome("done", counts={"records": len(found.records)}, answer=written(list(found.records)), real=found.real)
        to = {} if order.act == "erase" else self._to(order)
        held = self._held(who)
        if order.act == "erase":
            touched = self._interface.erase(held) if held else 0
            return self._erased(who, touched)
        touched = self._interface.change(held, to) if held else 0
        return Outcome("done", counts={"records": touched}, real=self._api.real)

    def poll(self, order: Order) -> Outcome:
        # What a lost answer hid is done again: every act here has the same effect a second time.
        return self.send(order)

    def find(self, subject: Sequence[Identifier]) -> Found:
        return Found(tuple({"id": one.id, "kind": one.kind} | dict(one.fields) for one in self._held(subject)), self._api.real)

    def _held(self, who: Sequence[Identifier]) -> list[Held]:
        found = {(one.kind, one.id): one for form, value in who for one in self._interface.search(form, value)}
        return [found[at] for at in sorted(found)]

    def _erased(self, who: Sequence[Identifier], touched: int) -> Outcome:
        left = any(self._interface.left(form, value) for form, value in who)
        return Outcome("acknowledged" if left else "done", counts={"records": touched}, real=self._api.real)

    def _to(self, order: Order) -> dict[str, object]:
        """Fields and their values: of a correction, or the marks of the act. R328 where a leaf or act has no field there."""
        said = self._entry.settings
        if order.act == "rectify":
            fields = {**self._interface.fields, **_mapping(said.get("fields"))}
            if not order.corrections or not order.corrections.keys() <= fields.keys():
                raise cannot(self._entry, order.act)
            return {str(fields[leaf]): value for leaf, value in order.corrections.items()}
        marks = _mapping(said.get("marks")).get(order.act) or self._interface.marks.get(order.act)
        if not isinstance(marks, Mapping) or not marks:
            raise cannot(self._entry, order.act)
        return dict(marks)


@dataclass(slots=True)
class Api:
    """JSON calls to one service. `real` once every answer came over verified TLS from a public address."""

    entry: Entry
    means: Means
    authorization: str
    real: bool = False
    asked: bool = False

    def call(self, method: str, path: str, said: object | None = None, good: tuple[int, ...] = (200,)) -> Reply:
        """One call with the credential; the faults of `checked` for any status but `good`."""
        return checked(self.entry.name, self.raw(method, path, said), good)

    def raw(self, method: str, path: str, said: object | None = None) -> Reply:
        """The same without judging the status."""
        headers = {"Authorization": self.authorization}
        body = None if said is None else written(said)
        if body is not None:
            headers["Content-Type"] = "application/json"
        reply = self.means.line(self.entry).call(method, path, headers, body)
        self.real, self.asked = reply.real and (self.real or not self.asked), True
        return reply

    def envelope(self, reply: Reply, known: frozenset[str]) -> Mapping[str, object]:
        """The object of a reply, with no word but `known`; R322 else."""
        said = reply.json(self.entry.name)
        if not isinstance(said, Mapping) or not said.keys() <= known:
            raise unknown_answer(self.entry.name, "Its answer has another shape.")
        return said

    def items(self, said: object) -> list[Mapping[str, object]]:
        """A list of objects; R322 for anything else."""
        if not isinstance(said, list) or not all(isinstance(one, Mapping) for one in said):
            raise unknown_answer(self.entry.name, "Its answer has another shape.")
        return said


def _mapping(said: object) -> dict[str, object]:
    return dict(said) if isinstance(said, Mapping) else {}
