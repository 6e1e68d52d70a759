"""Invented agents of the Data Rights Protocol, who sign as real ones do; and one who listens for what is told."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

BUSINESS = "QUALER"
AGENTS = {id: Ed25519PrivateKey.generate() for id in ("LARKSPUR_AGENT", "FENWICK_AGENT")}
STRANGER = Ed25519PrivateKey.generate()


def public(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def write_agents(folder: Path) -> None:
    """The firm's file with both agents; one stands in our own network."""
    entries = "".join(
        f"- id: {id}\n  name: {id.title()}\n  key: {public(key)}\n  private: {'yes' if id == 'FENWICK_AGENT' else 'no'}\n"
        for id, key in AGENTS.items()
    )
    (folder / "agents.yaml").write_text(f"business-id: {BUSINESS}\nagents:\n{entries}", encoding="utf-8")


def signed(claims: dict[str, Any] | bytes, key: Ed25519PrivateKey = AGENTS["LARKSPUR_AGENT"]) -> bytes:
    """base64(signature ‖ JSON), as the protocol sends it."""
    text = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return base64.b64encode(key.sign(text) + text)


def claims(now: datetime, agent: str = "LARKSPUR_AGENT", **more: Any) -> dict[str, Any]:
    """What every message says, and what a request asks."""
    return {
        "agent-id": agent,
        "business-id": BUSINESS,
        "issued-at": now.isoformat(),
        "expires-at": (now + timedelta(minutes=10)).isoformat(),
        "drp.version": "1.0",
        **more,
    }


@contextlib.contextmanager
def listening(status: list[int]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An agent's own address, and what it was told. It answers with the first of `status`, and so on; 200 when none is left."""
    told: list[dict[str, Any]] = []

    class Told(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status.pop(0) if status else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Told)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/status", told
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
