"""OpenDSR 2.0 (formerly OpenGDPR): erasure and access at processors that speak it, with answers that their certificate signs.

Source: github.com/opengdpr/OpenDSR, specification; its stored text is of version 1.0 with the older names, read on 2026-11-22, so both
names of headers are taken. The request's copy in an answer (`encoded_request`) is neither kept nor logged, as the specification demands.
Certificates are given by the deployment, not fetched: who answers falsely could serve a false one, too. Not taken: restriction and
correction; the specification has neither, and a person tells the processor.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from upheld.duties.recipients.callbacks import LARGEST, first_time, refused_answer
from upheld.duties.recipients.codes import RecipientFault
from upheld.duties.recipients.connectors.means import Means, cannot, written
from upheld.duties.recipients.connectors.transport import Reply, checked, unknown_answer
from upheld.duties.recipients.kinds import KINDS
from upheld.duties.recipients.model import Entry, Found, Identifier, Order, OrderState, Outcome, Registry
from upheld.duties.recipients.orders import Answer, answer_order, order_of
from upheld.records.keys import MasterKey

IDENTITIES = {"email/1": "email", "phone/1": "phone_number", "exact/1": "controller_customer_id"}
STATES = {"pending": "acknowledged", "in_progress": "acknowledged", "completed": "done", "cancelled": "failed"}
TYPES = {"erase": "erasure", "access": "access"}
DOMAINS = tuple(f"x-{name}-processor-domain" for name in ("opendsr", "opencompliance", "opengdpr"))
SIGNATURES = tuple(f"x-{name}-signature" for name in ("opendsr", "opencompliance", "opengdpr"))
CREATED = frozenset(
    {
        "controller_id",
        "expected_completion_time",
        "received_time",
        "encoded_request",
        "subject_request_id",
        "processor_signature",
        "api_version",
    }
)
STATUS = frozenset(
    {
        "controller_id", "expected_completion_time", "subject_request_id", "request_status", "api_version", "results_url", "results_count",
        "status_callback_url", "extensions", "regulation",
    }
)  # fmt: skip
_PATH = re.compile(r"[A-Za-z0-9_./-]+\Z")


class OpenDsr:
    """`credentials.key`: sent as a bearer token. `with.certificate`: the processor's, as PEM; `with.path`: other than `requests`."""

    name = "opendsr"
    capabilities = KINDS["opendsr"].capabilities

    def __init__(self, entry: Entry, means: Means) -> None:
        self._entry, self._means = entry, means
        self._line = means.line(entry)
        path = str(entry.settings.get("path", "requests")).strip("/")
        if not _PATH.match(path):
            raise RecipientFault("R331", entry.name, "Its `path` is none.", "Write such as `requests`.")
        self._path = f"/{path}"

    def send(self, order: Order) -> Outcome:
        if order.act not in TYPES:
            raise cannot(self._entry, order.act)
        digested = self._entry.settings.get("format") == "sha256"
        who = [_identity(form, value, digested) for form, value in order.by(self._entry.found_by)]
        request: dict[str, object] = {
            "regulation": "ccpa" if order.regime.startswith("us-") else "gdpr",
            "subject_request_id": str(order.key),
            "subject_request_type": TYPES[order.act],
            "subject_identities": who,
            "submitted_time": order.placed_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "api_version": "2.0",
        }
        if self._means.callback:
            request["status_callback_urls"] = [f"{self._means.callback}/{self._entry.name}"]
        reply = self._call("POST", self._path, written(request))
        if reply.status in (400, 409) and order.tries > 1:
            # An earlier try arrived, and its answer was lost: the processor knows the number.
            return self.poll(order)
        said = self._signed(checked(self._entry.name, reply, (201,)), CREATED, order.key)
        return Outcome("acknowledged", handle=str(said["subject_request_id"]), answer=_kept(said), real=reply.real)

    def poll(self, order: Order) -> Outcome:
        reply = checked(self._entry.name, self._call("GET", f"{self._path}/{order.key}"), (200,))
        said = self._signed(reply, STATUS, order.key)
        state = STATES.get(str(said.get("request_status")))
        if state is None:
            raise unknown_answer(self._entry.name, "Its status is none of the specification's.")
        return Outcome(state, answer=_kept(said) if state != "acknowledged" else b"", real=reply.real)  # type: ignore[arg-type]

    def find(self, subject: Sequence[Identifier]) -> Found:
        raise cannot(self._entry, "find")

    def _call(self, method: str, path: str, body: bytes | None = None) -> Reply:
        headers = {"Authorization": f"Bearer {self._means.secret_of(self._entry, 'key')}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return self._line.call(method, path, headers, body)

    def _signed(self, reply: Reply, known: frozenset[str], key: UUID) -> Mapping[str, object]:
        """The body, if the processor signed it and speaks of this order; R326 or R322 else. Read only after its signature."""
        require_signature(self._entry, reply.headers, reply.body, self._means.now())
        said = reply.json(self._entry.name)
        if not isinstance(said, Mapping) or not said.keys() <= known or said.get("subject_request_id") != str(key):
            raise unknown_answer(self._entry.name, "Its answer has another shape.")
        return said


def require_signature(entry: Entry, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """R326 unless the certificate of the entry, in its time, signed these bytes for the entry's domain. `headers` by small letters."""
    domain = next((headers[name] for name in DOMAINS if name in headers), "")
    signature = next((headers[name] for name in SIGNATURES if name in headers), "")
    try:
        certificate = x509.load_pem_x509_certificate(str(entry.settings.get("certificate", "")).encode())
        given = base64.b64decode("".join(signature.split()), validate=True)
        in_time = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
        right = domain.lower() == (urlsplit(entry.address).hostname or "") and _names(certificate, domain) and in_time
        key = certificate.public_key()
        if right and isinstance(key, rsa.RSAPublicKey):
            return key.verify(given, body, padding.PKCS1v15(), SHA256())
        if right and isinstance(key, ec.EllipticCurvePublicKey):
            return key.verify(given, body, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError, x509.ExtensionNotFound):
        pass
    raise RecipientFault(
        "R326", entry.name, "Its signature is not its certificate's.", "Compare the certificate with the processor's."
    )


def _names(certificate: x509.Certificate, domain: str) -> bool:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    known = {str(one).lower() for one in names.get_values_for_type(x509.DNSName)}
    known |= {str(one) for one in names.get_values_for_type(x509.IPAddress)}
    _, _, parent = domain.lower().partition(".")
    return domain.lower() in known or f"*.{parent}" in known


def _identity(form: str, value: str, digested: bool) -> dict[str, str]:
    kind = IDENTITIES.get(form, "controller_customer_id")
    if digested:
        return {
            "identity_type": kind,
            "identity_value": hashlib.sha256(value.encode()).hexdigest(),
            "identity_format": "sha256",
        }
    return {"identity_type": kind, "identity_value": value, "identity_format": "raw"}


def _kept(said: Mapping[str, object]) -> bytes:
    """What may be kept of an answer: all but the copy of the request."""
    return written({name: value for name, value in said.items() if name != "encoded_request"})


def take_status(
    connection: psycopg.Connection,
    master: MasterKey,
    registry: Registry,
    recipient: str,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> OrderState:
    """A processor's status callback becomes its order's answer, if its certificate signed it. `headers` by small letters.

    R326 for every other body, order or signature, all alike; R332 where the order has another end. One that came before changes nothing.
    """
    entry = registry.entries.get(recipient)
    if entry is None or entry.connector != "opendsr" or len(body) > LARGEST:
        raise refused_answer(recipient)
    require_signature(entry, headers, body, now)
    try:
        said = json.loads(body)
        key, state = UUID(said["subject_request_id"]), STATES[said["request_status"]]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise refused_answer(recipient) from None
    row = connection.execute(
        "SELECT number FROM recipient_order WHERE key = %s AND recipient = %s", [key, recipient]
    ).fetchone()
    if row is None or not said.keys() <= STATUS:
        raise refused_answer(recipient)
    if state != "acknowledged" and not first_time(connection, hashlib.sha256(body).digest(), now):
        return order_of(connection, row[0])
    return answer_order(connection, master, row[0], Answer(state, "callback", _kept(said)), now)  # type: ignore[arg-type]
