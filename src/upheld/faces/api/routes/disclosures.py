"""What a firm's systems gave to whom, reported by them: the disclosure ledger's only door for programs."""

from __future__ import annotations

from typing import Any

from litestar import post
from litestar.params import JSONBody

from upheld.faces.api.problems import may_answer
from upheld.faces.api.shapes import asked, shown
from upheld.faces.app.desk import Desk
from upheld.faces.app.desk.disclosures import Given, report


def disclosure_handlers(desk: Desk) -> list[Any]:
    """The addresses of this page."""

    @post(
        "/disclosures",
        opt={"act": "enter"},
        tags=["Recipients"],
        status_code=200,
        sync_to_thread=True,
        responses=may_answer(409, 422),
    )
    def reported(data: JSONBody[asked.Disclosures]) -> shown.Reported:
        """Data of people was given to somebody. All of it is taken or nothing; what is on record already stays once."""
        given = [Given(one.person, one.recipient, tuple(one.data), one.day, one.purpose) for one in data.disclosures]
        new = report(desk, given)
        return shown.Reported(new)

    return [reported]
