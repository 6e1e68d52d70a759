"""Salesforce, REST interface: contacts and leads found with SOQL, deleted in collections, corrected, marked; done when the bin is empty.

Written from the published pages, never against a real account:
- https://developer.salesforce.com/docs/platform/api-rest/guide/resources-query.html and dome-query.html (2,000 records a page, `nextRecordsUrl`)
- https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-sobjects-collections-delete.html and -update.html (200 each)
- https://developer.salesforce.com/docs/atlas.en-us.254.0.api.meta/api/sforce_api_calls_emptyrecyclebin.htm (deleted stays restorable 15 days)
Read on 2026-11-22 in stored copies. REST cannot empty the bin: until `queryAll` finds nothing more, the order is acknowledged and not done.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from upheld.duties.recipients.codes import RecipientFault
from upheld.duties.recipients.connectors.declared import PAGES_MOST, Api, Declared, Held
from upheld.duties.recipients.connectors.means import Means
from upheld.duties.recipients.connectors.transport import Reply, checked, slow_down, unknown_answer
from upheld.duties.recipients.kinds import KINDS
from upheld.duties.recipients.model import Entry

VERSION = "v62.0"
KINDS_HELD = ("Contact", "Lead")
LOOKED_IN = {"email/1": ("Email",), "phone/1": ("Phone", "MobilePhone")}
RETURNED = ("Id", "FirstName", "LastName", "Email", "Phone", "MobilePhone", "Title")
AT_ONCE = 200
PAGE_WORDS = frozenset({"totalSize", "done", "records", "nextRecordsUrl"})
RESULT_WORDS = frozenset({"id", "success", "errors"})
GONE = frozenset({"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY"})
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?\Z")
_VERSION = re.compile(r"v[0-9]{2,3}\.0\Z")


def salesforce(entry: Entry, means: Means) -> Declared:
    """The connector of an entry. `credentials.token`: of a user who may delete contacts and leads; `with.version`: another version."""
    version = str(entry.settings.get("version", VERSION))
    if not _VERSION.match(version):
        raise RecipientFault("R331", entry.name, "Its `version` is not such as v62.0.", "Correct it, or leave it out.")
    api = Api(entry, means, f"Bearer {means.secret_of(entry, 'token')}")
    return Declared("salesforce", KINDS["salesforce"].capabilities, entry, api, _People(api, f"/services/data/{version}"))


class _People:
    fields: Mapping[str, str] = {"email-address": "Email", "telephone-number": "Phone", "job": "Title"}
    marks: Mapping[str, Mapping[str, object]] = {"opt-out": {"HasOptedOutOfEmail": True}}

    def __init__(self, api: Api, base: str) -> None:
        self._api, self._base = api, base

    def search(self, form: str, value: str) -> list[Held]:
        return self._searched("query", RETURNED, form, value)

    def left(self, form: str, value: str) -> bool:
        return bool(self._searched("queryAll", ("Id",), form, value))

    def erase(self, held: Sequence[Held]) -> int:
        for few in _portions(held):
            ids = ",".join(one.id for one in few)
            self._took(self._called("DELETE", f"{self._base}/composite/sobjects?ids={ids}&allOrNone=false"), len(few), GONE)
        return len(held)

    def change(self, held: Sequence[Held], to: Mapping[str, object]) -> int:
        given = {
            field: {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value
            for field, value in to.items()
        }
        for few in _portions(held):
            records = [{"attributes": {"type": one.kind}, "id": one.id} | given for one in few]
            reply = self._called("PATCH", f"{self._base}/composite/sobjects", {"allOrNone": False, "records": records})
            self._took(reply, len(few), frozenset())
        return len(held)

    def _searched(self, resource: str, fields: Sequence[str], form: str, value: str) -> list[Held]:
        found: list[Held] = []
        for kind in KINDS_HELD if form in LOOKED_IN else ():
            where = " OR ".join(f"{name} = '{_quoted(value)}'" for name in LOOKED_IN[form])
            soql = f"SELECT {', '.join(fields)} FROM {kind} WHERE {where}"
            path: str | None = f"{self._base}/{resource}?q={quote(soql, safe='')}"
            for _ in range(PAGES_MOST):
                said = self._api.envelope(self._called("GET", path), PAGE_WORDS)
                found += [self._held(one, kind) for one in self._api.items(said.get("records"))]
                path = self._following(said)
                if path is None:
                    break
            else:
                raise unknown_answer(self._api.entry.name, "Its pages do not end.")
        return found

    def _following(self, said: Mapping[str, object]) -> str | None:
        if said.get("done") is True:
            return None
        following = said.get("nextRecordsUrl")
        if not isinstance(following, str) or not following:
            raise unknown_answer(self._api.entry.name, "Its page has another shape.")
        return self._api.means.line(self._api.entry).same_origin(following)

    def _held(self, said: Mapping[str, object], kind: str) -> Held:
        if not _ID.match(str(said.get("Id"))):
            raise unknown_answer(self._api.entry.name, "A record has no id.")
        return Held(str(said["Id"]), kind, {name: value for name, value in said.items() if name not in ("attributes", "Id")})

    def _took(self, reply: Reply, asked: int, fine: frozenset[str]) -> None:
        """Every record was changed, or an error says that it needs no change. R330 where some were not."""
        results = self._api.items(reply.json(self._api.entry.name))
        if len(results) != asked or not all(one.keys() <= RESULT_WORDS for one in results):
            raise unknown_answer(self._api.entry.name, "Its results have another shape.")
        for one in results:
            codes = {str(error.get("statusCode")) for error in self._api.items(one.get("errors", []))}
            if one.get("success") is not True and not (codes and codes <= fine):
                raise RecipientFault("R330", self._api.entry.name, "A record was not changed.", "Look at the records there.")

    def _called(self, method: str, path: str | None, said: object | None = None) -> Reply:
        reply = self._api.raw(method, path or "", said)
        # Its limit is told by 403, like a missing right; only the code tells them apart.
        if reply.status == 403 and b'"REQUEST_LIMIT_EXCEEDED"' in reply.body:
            raise slow_down(self._api.entry.name, reply)
        return checked(self._api.entry.name, reply, (200,))


def _portions(held: Sequence[Held]) -> list[Sequence[Held]]:
    # Kinds one after the other: a call takes at most ten changes of kind.
    ordered = sorted(held, key=lambda one: (one.kind, one.id))
    return [ordered[n : n + AT_ONCE] for n in range(0, len(ordered), AT_ONCE)]


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r").replace('"', '\\"')
