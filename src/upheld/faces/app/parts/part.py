"""What a face hands to the server: its addresses, and the headers, limits and words that go with them.

A part is a value: it opens nothing and starts nothing. The server makes one application of all parts, counts and logs their requests by route,
cuts bodies that are too large and answers that take too long, and sets each part's headers also where something fails. Here and not in the server's
room, so that faces below it can make one. Litestar is named, not imported: most commands need no web.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litestar import Request, Response

POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
    "X-Frame-Options": "DENY",
}
LARGEST_BODY = 65_536
ANSWER_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Part:
    """Part of the server. `handlers`, `middleware`, `dependencies` and `guards` are Litestar's; paths of handlers lie below `under`.

    `policy` is the Content-Security-Policy of every answer, `headers` what else differs from `HEADERS`. `trouble` makes the answer for a status
    from 400 on (an address below `under` that does not exist, a refused form, a fault): it is told the status and never the fault; without it a plain
    page is shown. `router` is what else Litestar's Router takes; `openapi` an OpenAPIConfig, which one part may have, of its own routes. `largest_body` in bytes. `answer_within_s`: until an answer begins; one that has begun (a stream) may go on, and ends itself once
    `request.app.state.stopping` (a threading.Event) is set. Answers are `Cache-Control: no-store` unless they say otherwise.
    """

    name: str
    handlers: Sequence[Any]
    under: str = "/"
    policy: str = POLICY
    headers: Mapping[str, str] = field(default_factory=dict)
    trouble: Callable[[Request[Any, Any, Any], int], Response[Any]] | None = None
    middleware: Sequence[Any] = ()
    dependencies: Mapping[str, Any] = field(default_factory=dict)
    guards: Sequence[Any] = ()
    router: Mapping[str, Any] = field(default_factory=dict)
    openapi: Any = None
    largest_body: int = LARGEST_BODY
    answer_within_s: float = ANSWER_WITHIN_S

    def all_headers(self) -> dict[str, str]:
        """What every answer of this part bears."""
        return {**HEADERS, "Content-Security-Policy": self.policy, **self.headers}
