"""Another firm that takes bundles, on this machine alone: it looks at the signature, keeps what came, and gives a receipt of its hash."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from upheld.duties.recipients.callbacks import is_signed

NAME, SECRET = "probe-stand-in", "UPHELD_PROBE_STAND_IN"
MOST = 10_000_000


@dataclass(slots=True)
class OtherFirm:
    """`got`: receipt → what came with it. `secret`: what both know."""

    address: str
    secret: str
    got: dict[str, bytes] = field(default_factory=dict)


@contextmanager
def other_firm(now: Callable[[], datetime]) -> Iterator[OtherFirm]:
    """The firm while the block runs."""
    secret = secrets.token_hex(32)

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), MOST))
            taken = is_signed(secret, self.headers.get("X-Upheld-Signature") or "", body, now())
            receipt = secrets.token_hex(8)
            if taken:
                firm.got[receipt] = body
            said = json.dumps({"receipt": receipt, "sha256": hashlib.sha256(body).hexdigest()} if taken else {}).encode()
            self.send_response(201 if taken else 403)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Nothing of it is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Takes)
    firm = OtherFirm(f"http://127.0.0.1:{server.server_address[1]}", secret)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield firm
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
