"""Whatever is sent to the API is answered as its description says: no fault of ours, no answer that is not described.

Requests are made by schemathesis from the description itself, that fit it and that do not, with tokens of every role and with cases that are
there. Our own database and desk stand behind; nothing is a mock.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import OF_ROLE, Served
from tests.api.test_api import opened

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
LONG = int(os.environ.get("UPHELD_CASES", "0"))
EACH = max(2, LONG // 100)


@pytest.fixture(scope="module")
def described(served: Served) -> Any:
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", served.application)


@pytest.fixture(scope="module")
def known(served: Served) -> list[str]:
    """Cases that stand at different places."""
    ids = [opened(served, rights=rights) for rights in ([], ["erasure"], ["access", "objection"])]
    served.work()
    served.ask("POST", f"/cases/{ids[0]}/withdraw")
    return [*ids, opened(served)]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fitting", "unfitting"])
def test_every_answer_is_described_and_none_is_a_fault(
    served: Served, described: Any, known: list[str], mode: GenerationMode
) -> None:
    operations = [one.ok() for one in described.get_all_operations()]
    assert len(operations) >= 25
    for place, operation in enumerate(operations):
        # The quick profile tries every address in one mode, in turn: what takes time is the making of strategies, not the asking.
        if LONG or (place % 2 == 0) is (mode is GenerationMode.POSITIVE):
            _tried(served, operation, known, mode)


def _tried(served: Served, operation: Any, known: list[str], mode: GenerationMode) -> None:
    @settings(max_examples=EACH, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode), role=st.sampled_from(sorted(OF_ROLE)), data=st.data())
    def tried(case: Any, role: str, data: Any) -> None:
        if "id" in (case.path_parameters or {}) and data.draw(st.booleans()):
            case.path_parameters["id"] = data.draw(st.sampled_from(known))
        headers = {"Authorization": f"Bearer {served.tokens[role]}"}
        case.call_and_validate(headers=headers, checks=CHECKS)

    tried()
