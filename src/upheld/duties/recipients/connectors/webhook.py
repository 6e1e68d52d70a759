"""An order as a signed HTTP call of our own making, for recipients who write the other side: docs/recipients.md has its whole shape.

POST to the address, body and header as `callbacks.sign` makes them, `Idempotency-Key` the same at every try. 200 or 202 with
`{"state": …}` answers at once; with `status` (a path there) it is asked later; 204 means: told, an answer comes by callback. Strict: an
answer with anything else in it is not guessed at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from upheld.duties.recipients.callbacks import HEADER, SAID, sign
from upheld.duties.recipients.connectors.means import Means, cannot, written
from upheld.duties.recipients.connectors.transport import Reply, checked, unknown_answer
from upheld.duties.recipients.kinds import EVERY
from upheld.duties.recipients.model import Entry, Found, Identifier, Order, Outcome

WORDS = {"state", "reason", "status", "records"}


class Webhook:
    """`secret` is shared with the recipient; it signs in both directions."""

    name = "webhook"
    capabilities = EVERY

    def __init__(self, entry: Entry, means: Means) -> None:
        self._entry, self._means = entry, means
        self._line = means.line(entry)

    def send(self, order: Order) -> Outcome:
        back = f"{self._means.callback}/{self._entry.name}" if self._means.callback else ""
        body = written(
            {
                "order": str(order.key),
                "act": order.act,
                "regime": order.regime,
                "placed": order.placed_at.isoformat(),
                "identifiers": [{"form": form, "value": value} for form, value in order.by(self._entry.found_by)],
                "corrections": dict(order.corrections),
                "answer": back,
            }
        )
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(order.key)}
        reply = self._line.call("POST", "", headers | self._signed(body), body)
        return self._outcome(checked(self._entry.name, reply, (200, 202, 204)))

    def poll(self, order: Order) -> Outcome:
        if not order.handle:
            return Outcome("told")
        reply = self._line.at_root().call("GET", self._line.same_origin(order.handle), self._signed(order.handle.encode()))
        return self._outcome(checked(self._entry.name, reply, (200, 202, 204)))

    def find(self, subject: Sequence[Identifier]) -> Found:
        raise cannot(self._entry, "find")

    def _signed(self, body: bytes) -> dict[str, str]:
        return {HEADER: sign(self._means.secret_of(self._entry, "secret"), body, self._means.now())}

    def _outcome(self, reply: Reply) -> Outcome:
        if reply.status == 204:
            return Outcome("told", real=reply.real)
        said = reply.json(self._entry.name)
        if not isinstance(said, Mapping) or not said.keys() <= WORDS or said.get("state") not in SAID:
            raise unknown_answer(self._entry.name, "Its answer has another shape.")
        status, reason, records = said.get("status", ""), said.get("reason", ""), said.get("records", [])
        if not isinstance(status, str) or not isinstance(reason, str) or not isinstance(records, list):
            raise unknown_answer(self._entry.name, "Its answer has another shape.")
        self._line.same_origin(status)
        answer = written(records) if records else reason.encode()
        return Outcome(said["state"], counts={"records": len(records)}, handle=status, answer=answer, real=reply.real)
