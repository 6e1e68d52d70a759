"""Freshdesk, interface v2, contacts: found by e-mail or telephone, erased for good with their conversations, corrected.

Written from the published pages, never against a real account:
- https://developers.freshdesk.com/api/#list_all_contacts (filters `email`, `phone`, `mobile`, `state`; `per_page` to 100; `Link: rel="next"`)
- https://developers.freshdesk.com/api/#hard_delete_contact (`DELETE …/hard_delete?force=true`, 204; tickets of the contact go with it)
- https://developers.freshdesk.com/api/#update_contact (`PUT`, 200 with the contact), #ratelimit (429, `Retry-After`), #authentication
Read on 2026-11-22 in stored copies of pages that quote them. The list leaves out soft-deleted contacts, so these are searched apart.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from upheld.duties.recipients.codes import RecipientFault
from upheld.duties.recipients.connectors.declared import PAGES_MOST, Api, Declared, Held
from upheld.duties.recipients.connectors.means import Means
from upheld.duties.recipients.connectors.transport import unknown_answer
from upheld.duties.recipients.kinds import KINDS
from upheld.duties.recipients.model import Entry

FILTERS = {"email/1": ("email",), "phone/1": ("phone", "mobile")}
STATES = ("", "&state=deleted", "&state=blocked")
PER_PAGE = 100
_NEXT = re.compile(r'<([^<>]+)>\s*;\s*rel="?next"?')


def freshdesk(entry: Entry, means: Means) -> Declared:
    """The connector of an entry. `credentials.key`: the key of an agent who may delete contacts for good."""
    token = base64.b64encode(f"{means.secret_of(entry, 'key')}:X".encode()).decode()
    api = Api(entry, means, f"Basic {token}")
    return Declared("freshdesk", KINDS["freshdesk"].capabilities, entry, api, _Contacts(api))


class _Contacts:
    fields: Mapping[str, str] = {
        "name": "name", "email-address": "email", "telephone-number": "phone", "physical-address": "address", "job": "job_title",
    }  # fmt: skip
    marks: Mapping[str, Mapping[str, object]] = {}

    def __init__(self, api: Api) -> None:
        self._api = api

    def search(self, form: str, value: str) -> list[Held]:
        return [one for name in FILTERS.get(form, ()) for state in STATES for one in self._listed(name, value, state)]

    def erase(self, held: Sequence[Held]) -> int:
        for one in held:
            # 404: gone already, by an earlier try whose answer was lost.
            self._api.call("DELETE", f"/api/v2/contacts/{one.id}/hard_delete?force=true", good=(204, 404))
        return len(held)

    def change(self, held: Sequence[Held], to: Mapping[str, object]) -> int:
        for one in held:
            said = self._api.call("PUT", f"/api/v2/contacts/{one.id}", dict(to)).json(self._api.entry.name)
            if not isinstance(said, Mapping) or any(said.get(field) != value for field, value in to.items()):
                raise RecipientFault("R330", self._api.entry.name, "A contact has another value.", "Look at it there.")
        return len(held)

    def left(self, form: str, value: str) -> bool:
        return bool(self.search(form, value))

    def _listed(self, name: str, value: str, state: str) -> Iterator[Held]:
        path = f"/api/v2/contacts?{name}={quote(value, safe='')}{state}&per_page={PER_PAGE}"
        for _ in range(PAGES_MOST):
            reply = self._api.call("GET", path)
            for one in self._api.items(reply.json(self._api.entry.name)):
                if not isinstance(one.get("id"), int):
                    raise unknown_answer(self._api.entry.name, "A contact has no number.")
                yield Held(str(one["id"]), "contact", one)
            more = _NEXT.search(reply.headers.get("link", ""))
            if more is None:
                return
            path = self._api.means.line(self._api.entry).same_origin(more.group(1))
        raise unknown_answer(self._api.entry.name, "Its pages do not end.")
