"""The probes of the published page, through the site as it is served: held over the file, and red over a copy that was spoilt while it ran."""

from __future__ import annotations

from tests.cli.harbour import Installation

SAYS = """
This notice was last updated on 15 January 2026. {#when.1}

```promise
will tell: version-date
to: anyone
on: notice
before: version-effective
contents: [updated-date]
```
"""


def test_the_date_of_the_served_page_is_held_and_its_twin_went_red(shop: Installation) -> None:
    notice = shop.folder / "notice.md"
    before = notice.read_text(encoding="utf-8")
    notice.write_text(before + SAYS, encoding="utf-8")
    try:
        ran = shop.upheld("prove", str(shop.folder), "--json")
    finally:
        notice.write_text(before, encoding="utf-8")
    clause = next(one for one in ran.document["clauses"] if one["id"] == "harbour.when.1")
    standing = {one["id"]: one["standing"] for one in clause["controls"]}
    pages = {name: how for name, how in standing.items() if name.startswith(("page:", "notice:"))}
    assert pages == {"notice:version": "held", "page:version-date": "held", "page:updated-date": "held"}, standing
