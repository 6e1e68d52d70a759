"""Stand-ins of the three named services, recorded from their published pages (addresses and date: the connectors' own files)."""

from __future__ import annotations

import base64
import re
from itertools import count

from tests.recipients.standins import Answered, Asked, StandIn, Wrong

ADA = "ada.quillfeather@example.test"
BEN = "ben.thistledown@example.test"


def _bearer(asked: Asked) -> None:
    if asked.headers.get("authorization") != "Bearer t0ken":
        raise Wrong(401, "no token")


def _json_type(asked: Asked) -> None:
    if asked.headers.get("content-type") != "application/json":
        raise Wrong(415, "no JSON")


class Freshdesk(StandIn):
    """Contacts: two of Ada's (one soft-deleted, one under another page), one of Ben's. Pages of one, to have pages."""

    FILTERS = frozenset(
        {"email", "phone", "mobile", "state", "per_page", "page", "company_id", "updated_since", "unique_external_id"}
    )
    WRITABLE = frozenset(
        {"name", "email", "phone", "mobile", "address", "job_title", "description", "other_emails", "custom_fields", "tags"}
    )

    def __init__(self) -> None:
        super().__init__()
        self.contacts: dict[int, dict[str, object]] = {}
        for number, email, deleted in ((1, ADA, False), (2, BEN, False), (3, ADA, False), (4, ADA, True)):
            self.contacts[number] = {
                "id": number,
                "name": "A contact",
                "email": email,
                "phone": None,
                "mobile": None,
                "deleted": deleted,
            }
        self.lags = False

    def others(self) -> int:
        return sum(one["email"] == BEN for one in self.contacts.values())

    def answer(self, asked: Asked) -> Answered:
        if asked.headers.get("authorization") != "Basic " + base64.b64encode(b"k3y:X").decode():
            raise Wrong(401, "invalid_credentials")
        if asked.method == "GET" and asked.path == "/api/v2/contacts":
            return self._listed(asked)
        if match := re.fullmatch(r"/api/v2/contacts/(\d+)/hard_delete", asked.path):
            return self._erased(asked, int(match[1]))
        if (match := re.fullmatch(r"/api/v2/contacts/(\d+)", asked.path)) and asked.method == "PUT":
            return self._changed(asked, int(match[1]))
        raise Wrong(404, "no such path")

    def _listed(self, asked: Asked) -> Answered:
        if not asked.query.keys() <= self.FILTERS or not 1 <= int(asked.query.get("per_page", "30")) <= 100:
            raise Wrong(400, "invalid_field")
        state = asked.query.get("state", "")
        if state not in ("", "blocked", "deleted", "unverified", "verified"):
            raise Wrong(400, "invalid_value")
        found = [
            one for one in self.contacts.values()
            if (state == "deleted") == one["deleted"] and state != "blocked"
            and all(one[name] == asked.query[name] for name in ("email", "phone", "mobile") if name in asked.query)
        ]  # fmt: skip
        page = int(asked.query.get("page", "1"))
        more = {}
        if len(found) > page:
            rest = "&".join(f"{name}={value.replace('@', '%40')}" for name, value in asked.query.items() if name != "page")
            more = {"Link": f'<{self.address}/api/v2/contacts?{rest}&page={page + 1}>; rel="next"'}
        shown = [{name: value for name, value in one.items() if name != "deleted"} for one in found[page - 1 : page]]
        return Answered(200, shown, more)

    def _erased(self, asked: Asked, number: int) -> Answered:
        if asked.method != "DELETE" or asked.query != {"force": "true"}:
            raise Wrong(400, "not deleted softly")
        if number not in self.contacts:
            raise Wrong(404, "no such contact")
        self.had += 1
        if not self.lags:
            del self.contacts[number]
        return Answered(204)

    def _changed(self, asked: Asked, number: int) -> Answered:
        _json_type(asked)
        if number not in self.contacts:
            raise Wrong(404, "no such contact")
        said = asked.json(set(self.WRITABLE))
        self.had += any(self.contacts[number].get(name) != value for name, value in said.items())
        self.contacts[number] |= said
        return Answered(200, self.contacts[number])


class Hubspot(StandIn):
    """Contacts with two pages of Ada's, one of which knows her by a second address. `lags`: searches still show what is erased."""

    def __init__(self) -> None:
        super().__init__()
        rows = ((101, ADA, ""), (102, BEN, ""), (103, ADA, ""), (104, "a.q@example.test", ADA))
        self.contacts = {
            str(n): {"email": email, "hs_additional_emails": more, "phone": None, "mobilephone": None}
            for n, email, more in rows
        }
        self.lags = False
        self.shown: dict[str, dict[str, str | None]] = dict(self.contacts)

    def others(self) -> int:
        return sum(one["email"] == BEN for one in self.contacts.values())

    def answer(self, asked: Asked) -> Answered:
        _bearer(asked)
        _json_type(asked)
        if asked.method == "POST" and asked.path == "/crm/v3/objects/contacts/search":
            return self._searched(asked)
        if asked.method == "POST" and asked.path == "/crm/v3/objects/contacts/gdpr-delete":
            return self._erased(asked)
        if (match := re.fullmatch(r"/crm/v3/objects/contacts/(\d+)", asked.path)) and asked.method == "PATCH":
            return self._changed(asked, match[1])
        raise Wrong(404, "no such path")

    def _searched(self, asked: Asked) -> Answered:
        said = asked.json({"filterGroups", "sorts", "query", "properties", "limit", "after"})
        groups = said.get("filterGroups", [])
        assert isinstance(groups, list)
        if len(groups) > 5 or not 1 <= int(str(said.get("limit", 10))) <= 200:
            raise Wrong(400, "VALIDATION_ERROR")
        rows = self.shown if self.lags else self.contacts
        found = [
            n for n, one in sorted(rows.items()) if any(all(self._fits(one, f) for f in group["filters"]) for group in groups)
        ]
        at = int(str(said.get("after", "0")))
        shown = [
            {
                "id": n,
                "properties": rows[n],
                "createdAt": "2020-01-01T00:00:00Z",
                "updatedAt": "2020-01-01T00:00:00Z",
                "archived": False,
            }
            for n in found[at : at + 2]
        ]
        paging = {"paging": {"next": {"after": str(at + 2)}}} if len(found) > at + 2 else {}
        return Answered(200, {"total": len(found), "results": shown} | paging)

    @staticmethod
    def _fits(one: dict[str, str | None], wanted: dict[str, str]) -> bool:
        if not wanted.keys() <= {"propertyName", "operator", "value", "values", "highValue"}:
            raise Wrong(400, "VALIDATION_ERROR")
        has = one.get(wanted["propertyName"])
        if wanted["operator"] == "EQ":
            return has == wanted["value"]
        if wanted["operator"] == "CONTAINS_TOKEN":
            return wanted["value"] in (has or "").split(";")
        raise Wrong(400, "VALIDATION_ERROR")

    def _erased(self, asked: Asked) -> Answered:
        said = asked.json({"objectId", "idProperty"})
        if "idProperty" in said:
            raise Wrong(500, "an unknown address would be blocked for ever")
        if self.contacts.pop(str(said["objectId"]), None) is None:
            raise Wrong(404, "no such contact")
        self.had += 1
        return Answered(204)

    def _changed(self, asked: Asked, number: str) -> Answered:
        said = asked.json({"properties"})["properties"]
        assert isinstance(said, dict)
        if number not in self.contacts:
            raise Wrong(404, "no such contact")
        self.had += any(self.contacts[number].get(name) != value for name, value in said.items())
        self.contacts[number] |= said
        self.shown = dict(self.contacts)
        stamp = {"createdAt": "2020-01-01T00:00:00Z", "updatedAt": "2020-01-01T00:00:00Z", "archived": False}
        return Answered(200, {"id": number, "properties": self.contacts[number]} | stamp)


class Salesforce(StandIn):
    """Contacts and leads; deleted ones lie in the bin until `empty_bin`. `resists`: an id that cannot be deleted. Pages of one."""

    knows = frozenset({"credentials", "limit-unsaid", "down", "hangs", "redirect", "nonsense"})
    SOQL = re.compile(r"SELECT [A-Za-z, ]+ FROM (Contact|Lead) WHERE (.+)")

    def __init__(self) -> None:
        super().__init__()
        rows = (
            ("003000000000001AAA", "Contact", ADA),
            ("003000000000002AAA", "Contact", ADA),
            ("00Q000000000003AAA", "Lead", ADA),
            ("003000000000004AAA", "Contact", BEN),
        )
        self.records: dict[str, dict[str, object]] = {
            id: {"Id": id, "kind": kind, "Email": email, "Phone": None, "IsDeleted": False, "HasOptedOutOfEmail": False}
            for id, kind, email in rows
        }
        self.resists: set[str] = set()
        self.kept: dict[str, list[dict[str, object]]] = {}
        self._locators = count()

    def refused(self) -> Answered:
        return Answered(401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}])

    def limited(self) -> Answered:
        return Answered(403, [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}])

    def empty_bin(self) -> None:
        self.records = {id: one for id, one in self.records.items() if not one["IsDeleted"]}

    def others(self) -> int:
        return sum(one["Email"] == BEN and not one["IsDeleted"] for one in self.records.values())

    def answer(self, asked: Asked) -> Answered:
        _bearer(asked)
        base = "/services/data/v62.0"
        if asked.method == "GET" and asked.path in (f"{base}/query", f"{base}/queryAll"):
            return self._page(self._found(asked), asked.path.endswith("All"))
        if asked.method == "GET" and (match := re.fullmatch(rf"{base}/query/(\d+)", asked.path)):
            return self._page(self.kept.pop(match[1]), False)
        if asked.path == f"{base}/composite/sobjects" and asked.method == "DELETE":
            return self._deleted(asked)
        if asked.path == f"{base}/composite/sobjects" and asked.method == "PATCH":
            return self._changed(asked)
        raise Wrong(404, "NOT_FOUND")

    def _found(self, asked: Asked) -> list[dict[str, object]]:
        match = self.SOQL.fullmatch(asked.query.get("q", ""))
        if match is None or asked.query.keys() != {"q"}:
            raise Wrong(400, "MALFORMED_QUERY")
        wanted = dict(re.findall(r"([A-Za-z]+) = '((?:[^'\\]|\\.)*)'", match[2]))
        return [
            one for one in self.records.values()
            if one["kind"] == match[1] and any(one.get(name) == value for name, value in wanted.items())
            and (asked.path.endswith("All") or not one["IsDeleted"])
        ]  # fmt: skip

    def _page(self, found: list[dict[str, object]], everything: bool) -> Answered:
        shown = [{"attributes": {"type": one["kind"], "url": "/"}, "Id": one["Id"], "Email": one["Email"]} for one in found[:1]]
        said: dict[str, object] = {"totalSize": len(found), "done": len(found) <= 1, "records": shown}
        if len(found) > 1:
            at = str(next(self._locators))
            self.kept[at] = found[1:]
            said["nextRecordsUrl"] = f"/services/data/v62.0/query/{at}"
        return Answered(200, said)

    def _deleted(self, asked: Asked) -> Answered:
        if asked.query.keys() != {"ids", "allOrNone"} or asked.body:
            raise Wrong(400, "bad request")
        results = []
        for id in asked.query["ids"].split(","):
            if id in self.resists:
                results.append({"success": False, "errors": [{"statusCode": "DELETE_FAILED", "message": "no", "fields": []}]})
                continue
            one = self.records.get(id)
            if one is None or one["IsDeleted"]:
                results.append(
                    {
                        "id": id,
                        "success": False,
                        "errors": [{"statusCode": "ENTITY_IS_DELETED", "message": "gone", "fields": []}],
                    }
                )
                continue
            one["IsDeleted"] = True
            self.had += 1
            results.append({"id": id, "success": True, "errors": []})
        return Answered(200, results)

    def _changed(self, asked: Asked) -> Answered:
        _json_type(asked)
        said = asked.json({"allOrNone", "records"})
        results = []
        for record in said["records"]:  # type: ignore[attr-defined]
            one = self.records[record["id"]]
            if record["attributes"] != {"type": one["kind"]}:
                raise Wrong(400, "INVALID_FIELD")
            given = {name: value for name, value in record.items() if name not in ("attributes", "id")}
            self.had += any(one.get(name) != value for name, value in given.items())
            one |= given
            results.append({"id": one["Id"], "success": True, "errors": []})
        return Answered(200, results)
