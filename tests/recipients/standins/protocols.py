"""Recipients that speak our webhook, and processors that speak OpenDSR, each signing as it must."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.recipients.conftest import NOW
from tests.recipients.standins import Answered, Asked, StandIn, Wrong
from upheld.duties.recipients.callbacks import is_signed


class Hook(StandIn):
    """Takes orders by their key, and says what it makes of them when it is asked."""

    WORDS = frozenset({"order", "act", "regime", "placed", "identifiers", "corrections", "answer"})

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[str, str] = {}
        self.says: Answered | None = None

    def answer(self, asked: Asked) -> Answered:
        signed = asked.body if asked.method == "POST" else asked.path.encode()
        if not is_signed("s3cret", asked.headers.get("upheld-signature", ""), signed, NOW):
            raise Wrong(401, "not signed")
        if asked.method == "GET":
            return Answered(200, {"state": self.orders[asked.path.removeprefix("/status/")]})
        said = asked.json(set(self.WORDS))
        if asked.headers.get("idempotency-key") != said["order"] or said.keys() != self.WORDS:
            raise Wrong(400, "incomplete")
        if self.says is not None:
            return self.says
        if str(said["order"]) not in self.orders:
            self.had += 1
            self.orders[str(said["order"])] = "acknowledged"
        return Answered(202, {"state": "acknowledged", "status": f"/status/{said['order']}"})


@cache
def processor() -> tuple[ec.EllipticCurvePrivateKey, str]:
    """A processor's key and its certificate for this machine, signed by itself: the deployment pins it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "processor.example.test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(NOW + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")]), False)
        .sign(key, SHA256())
    )
    return key, made.public_bytes(Encoding.PEM).decode()


class Processor(StandIn):
    """OpenDSR: takes requests by their number, refuses a number that it has, signs each answer. `forges`: with another's signature."""

    REQUEST = frozenset(
        {
            "regulation",
            "subject_request_id",
            "subject_request_type",
            "subject_identities",
            "submitted_time",
            "api_version",
            "status_callback_urls",
            "extensions",
        }
    )

    def __init__(self) -> None:
        super().__init__()
        self.requests: dict[str, str] = {}
        self.forges = False

    def answer(self, asked: Asked) -> Answered:
        if asked.headers.get("authorization") != "Bearer k3y":
            raise Wrong(401, "no key")
        if asked.method == "GET" and asked.path.startswith("/v1/requests/"):
            return self._status(asked.path.removeprefix("/v1/requests/"))
        if asked.method != "POST" or asked.path != "/v1/requests":
            raise Wrong(404, "no such path")
        said = asked.json(set(self.REQUEST))
        number = str(said["subject_request_id"])
        if str(UUID(number)) != number or UUID(number).version != 4 or said["regulation"] not in ("gdpr", "ccpa"):
            raise Wrong(400, "not a request")
        if number in self.requests:
            raise Wrong(400, "known already")
        for one in said["subject_identities"]:  # type: ignore[attr-defined]
            if one.keys() != {"identity_type", "identity_value", "identity_format"} or one["identity_format"] not in (
                "raw",
                "sha256",
            ):
                raise Wrong(400, "not an identity")
        self.requests[number] = "pending"
        self.had += 1
        encoded = base64.b64encode(asked.body).decode()
        times = {"expected_completion_time": "2026-04-01T00:00:00Z", "received_time": "2026-03-02T09:00:00Z"}
        return self._signed(201, {"controller_id": "north", "encoded_request": encoded, "subject_request_id": number} | times)

    def nonsense(self, asked: Asked) -> Answered:
        return self._signed(201 if asked.method == "POST" else 200, {"surprise": asked.body.decode()})

    def _status(self, number: str) -> Answered:
        if number not in self.requests:
            raise Wrong(404, "no such request")
        said = {"controller_id": "north", "expected_completion_time": "2026-04-01T00:00:00Z", "subject_request_id": number}
        return self._signed(200, said | {"request_status": self.requests[number], "api_version": "2.0"})

    def _signed(self, status: int, said: object) -> Answered:
        return signed(status, said, ec.generate_private_key(ec.SECP256R1()) if self.forges else processor()[0])


def signed(status: int, said: object, key: ec.EllipticCurvePrivateKey) -> Answered:
    body = json.dumps(said).encode()
    signature = base64.b64encode(key.sign(body, ec.ECDSA(SHA256()))).decode()
    return Answered(status, None, {"X-OpenDSR-Processor-Domain": "127.0.0.1", "X-OpenDSR-Signature": signature}, body)
