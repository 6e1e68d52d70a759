"""HubSpot, CRM interface v3, contacts: searched by e-mail (the second addresses too) or telephone, erased for good, corrected, marked.

Written from the published pages, never against a real account:
- https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/basic/post-crm-v3-objects-contacts-gdpr-delete (page of 2025-12-16: 204)
- https://developers.hubspot.com/docs/api-reference/legacy/crm/objects/contacts/gdpr/gdpr-delete-contact (erasing an unknown e-mail blocks it
  for ever, so only ids that a search found are sent)
- https://developers.hubspot.com/docs-beta/crm/search (`filterGroups`, `limit`, `after`; results lag behind changes)
- https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines (429)
Read on 2026-11-22 in stored copies. Its successor is named by date (`/crm/objects/2026-03/…`); v3 has no day of end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from upheld.duties.recipients.codes import RecipientFault
from upheld.duties.recipients.connectors.declared import PAGES_MOST, Api, Declared, Held
from upheld.duties.recipients.connectors.means import Means
from upheld.duties.recipients.connectors.transport import unknown_answer
from upheld.duties.recipients.kinds import KINDS
from upheld.duties.recipients.model import Entry

CONTACTS = "/crm/v3/objects/contacts"
LOOKED_IN = {
    "email/1": (("email", "EQ"), ("hs_additional_emails", "CONTAINS_TOKEN")),
    "phone/1": (("phone", "EQ"), ("mobilephone", "EQ")),
}
PER_PAGE = 100
RETURNED = ["email", "hs_additional_emails", "firstname", "lastname", "phone", "mobilephone", "jobtitle", "company", "address"]
PAGE_WORDS = frozenset({"total", "results", "paging"})
CONTACT_WORDS = frozenset(
    {
        "id",
        "properties",
        "createdAt",
        "updatedAt",
        "archived",
        "archivedAt",
        "propertiesWithHistory",
        "associations",
        "objectWriteTraceId",
        "url",
    }
)
_ID = re.compile(r"[0-9]{1,20}\Z")


def hubspot(entry: Entry, means: Means) -> Declared:
    """The connector of an entry. `credentials.token`: of an app with the scopes crm.objects.contacts.read and .write."""
    api = Api(entry, means, f"Bearer {means.secret_of(entry, 'token')}")
    return Declared("hubspot", KINDS["hubspot"].capabilities, entry, api, _Contacts(api))


class _Contacts:
    fields: Mapping[str, str] = {
        "email-address": "email", "telephone-number": "phone", "physical-address": "address", "job": "jobtitle",
    }  # fmt: skip
    marks: Mapping[str, Mapping[str, object]] = {}

    def __init__(self, api: Api) -> None:
        self._api = api

    def search(self, form: str, value: str) -> list[Held]:
        groups = [
            {"filters": [{"propertyName": name, "operator": operator, "value": value}]}
            for name, operator in LOOKED_IN.get(form, ())
        ]
        found: list[Held] = []
        after = ""
        for _ in range(PAGES_MOST if groups else 0):
            asked: dict[str, object] = {"filterGroups": groups, "properties": RETURNED, "limit": PER_PAGE}
            reply = self._api.call("POST", f"{CONTACTS}/search", asked | ({"after": after} if after else {}))
            said = self._api.envelope(reply, PAGE_WORDS)
            found += [self._contact(one) for one in self._api.items(said.get("results"))]
            after = self._after(said.get("paging"))
            if not after:
                return found
        if groups:
            raise unknown_answer(self._api.entry.name, "Its pages do not end.")
        return found

    def erase(self, held: Sequence[Held]) -> int:
        for one in held:
            self._api.call("POST", f"{CONTACTS}/gdpr-delete", {"objectId": one.id}, good=(204, 404))
        return len(held)

    def change(self, held: Sequence[Held], to: Mapping[str, object]) -> int:
        for one in held:
            reply = self._api.call("PATCH", f"{CONTACTS}/{one.id}", {"properties": dict(to)})
            fields = self._contact(self._api.envelope(reply, CONTACT_WORDS)).fields
            if any(fields.get(field) != value for field, value in to.items()):
                raise RecipientFault("R330", self._api.entry.name, "A contact has another value.", "Look at it there.")
        return len(held)

    def left(self, form: str, value: str) -> bool:
        return bool(self.search(form, value))

    def _contact(self, said: Mapping[str, object]) -> Held:
        fields = said.get("properties")
        if not said.keys() <= CONTACT_WORDS or not _ID.match(str(said.get("id"))) or not isinstance(fields, Mapping):
            raise unknown_answer(self._api.entry.name, "A contact has another shape.")
        return Held(str(said["id"]), "contact", fields)

    def _after(self, paging: object) -> str:
        if paging is None:
            return ""
        following = paging.get("next") if isinstance(paging, Mapping) else None
        after = following.get("after") if isinstance(following, Mapping) else None
        if not isinstance(after, str) or not after:
            raise unknown_answer(self._api.entry.name, "Its paging has another shape.")
        return after
