"""A bundle goes to another firm at the person's word: signed, to a destination that the deployment names, done only with a receipt of its hash.

Destinations stand in `deployment.yaml` under `portability:` (name → address, secret, private). The person names one; an address that she writes is
never called, for a stranger could send us anywhere. Whoever is not named there is arranged by an operator.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from upheld.duties.recipients import RecipientFault
from upheld.duties.recipients.callbacks import sign
from upheld.duties.recipients.connectors.transport import Line
from upheld.faces.app.errors import Unusable

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk


@dataclass(frozen=True, slots=True)
class Destination:
    """Another firm that takes bundles. `secret`: the environment variable of the key that signs."""

    name: str
    address: str
    secret: str
    private: bool = False


def destinations(deployment: str) -> Mapping[str, Destination]:
    """Destinations of a deployment file's text, by name. Unusable (R112) names the entry that lacks something."""
    said = (yaml.safe_load(deployment) or {}).get("portability", {}) if deployment.strip() else {}
    found = {}
    for name, one in (said or {}).items():
        if not isinstance(one, Mapping) or not _safe(one) or not one.get("secret"):
            raise Unusable("R112", f"deployment.yaml: `{str(name)[:40]}` under `portability:` lacks an https address or a secret.",
                           "Give `address: https://…` and `secret: env:NAME`.")  # fmt: skip
        secret = str(one["secret"]).removeprefix("env:")
        found[str(name)] = Destination(str(name), str(one["address"]), secret, one.get("private") is True)
    return found


def _safe(one: Mapping[str, object]) -> bool:
    """Over https; without it only inside the firm's own network, where the entry says so."""
    address = str(one.get("address", ""))
    return address.startswith("https://") or (one.get("private") is True and address.startswith("http://"))


def push(desk: Desk, to: Destination, bundle: Path, case: str, digest: str) -> str | None:
    """The other firm's receipt; None where it could not be reached or gave none. The same bundle sent twice is known by its key."""
    secret = desk.app.settings.environment.get(to.secret, "")
    if not secret:
        return None
    body = bundle.read_bytes()
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": f"{case}:{digest[:32]}",
        "X-Upheld-Signature": sign(secret, body, desk.now),
    }
    try:
        reply = Line(to.name, to.address, to.private, desk.tls).call("POST", "/", headers, body)
        said = reply.json(to.name) if reply.status in (200, 201) else {}
    except RecipientFault:
        return None
    if not isinstance(said, dict) or said.get("sha256") != digest or not said.get("receipt"):
        return None
    return json.dumps({"receipt": str(said["receipt"])[:200], "sha256": digest})
