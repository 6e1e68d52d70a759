"""Between a client and PostgreSQL: every message passes through, and each statement that the client sends is counted.

Counted are the statements of the client's Query messages, where one may carry several, and its Execute messages. The server needs no extension,
the client no hook.
"""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, urlsplit

from psycopg.conninfo import conninfo_to_dict

STARTUP_REQUESTS = {80877103, 80877104, 80877102}  # SSL, GSS encryption, cancel: no type byte, no session yet


@dataclass
class Wire:
    """A listening proxy. `address` is what the client is given instead of the server's."""

    address: str
    statements: int = 0
    texts: list[str] = field(default_factory=list)

    def reset(self) -> None:
        self.statements = 0
        self.texts.clear()


@contextmanager
def tapped(address: str) -> Iterator[Wire]:
    """A proxy to the server of `address`, for as long as the block lasts."""
    if address.startswith("mariadb"):
        with _tapped_mariadb(address) as wire:
            yield wire
        return
    said = conninfo_to_dict(address)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    user, database = said.get("user", ""), said.get("dbname", "")
    password = f":{said['password']}" if said.get("password") else ""
    wire = Wire(f"postgresql://{user}{password}@127.0.0.1:{port}/{database}?sslmode=disable&gssencmode=disable")
    threading.Thread(target=_serve, args=(listener, said, wire), daemon=True).start()
    try:
        yield wire
    finally:
        listener.close()


def _serve(listener: socket.socket, said: dict, wire: Wire) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        server = _upstream(said)
        threading.Thread(target=_forward, args=(client, server, wire), daemon=True).start()
        threading.Thread(target=_back, args=(server, client), daemon=True).start()


def _upstream(said: dict) -> socket.socket:
    host, port = str(said.get("host", "127.0.0.1")), int(said.get("port") or 5432)
    if host.startswith("/"):
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server
    return socket.create_connection((host, port))


def _forward(client: socket.socket, server: socket.socket, wire: Wire) -> None:
    source = client.makefile("rb")
    try:
        while length := source.read(4):  # before the session: messages without a type
            rest = source.read(int.from_bytes(length, "big") - 4)
            server.sendall(length + rest)
            if int.from_bytes(rest[:4], "big") not in STARTUP_REQUESTS:
                break
        while kind := source.read(1):
            length = source.read(4)
            body = source.read(int.from_bytes(length, "big") - 4)
            _count(kind, body, wire)
            server.sendall(kind + length + body)
    except (OSError, ValueError):
        pass
    finally:
        server.close()


def _count(kind: bytes, body: bytes, wire: Wire) -> None:
    if kind == b"E":
        wire.statements += 1
    if kind == b"Q":
        wire.statements += sum(1 for part in body.rstrip(b"\0").split(b";") if part.strip())
    if kind == b"Q":
        wire.texts.append(body.rstrip(b"\0").decode(errors="replace"))
    if kind == b"P":
        wire.texts.append(body.split(b"\0")[1].decode(errors="replace"))


# ---- MariaDB ---------------------------------------------------------------------------------------------------------

COM_QUERY = 3


@contextmanager
def _tapped_mariadb(address: str) -> Iterator[Wire]:
    """As `tapped`, between two sockets of files."""
    path = parse_qs(urlsplit(address).query)["unix_socket"][0]
    with tempfile.TemporaryDirectory(prefix="ut") as folder:
        here = f"{folder}/s"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(here)
        listener.listen()
        wire = Wire(address.replace(quote(path, safe=""), quote(here, safe="")))
        threading.Thread(target=_serve_mariadb, args=(listener, path, wire), daemon=True).start()
        try:
            yield wire
        finally:
            listener.close()


def _serve_mariadb(listener: socket.socket, path: str, wire: Wire) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        server = socket.socket(socket.AF_UNIX)
        server.connect(path)
        threading.Thread(target=_packets, args=(client, server, wire), daemon=True).start()
        threading.Thread(target=_back, args=(server, client), daemon=True).start()


def _packets(client: socket.socket, server: socket.socket, wire: Wire) -> None:
    """Three bytes of length, one of number: a command begins anew at 0, what follows the greeting does not."""
    source = client.makefile("rb")
    try:
        while len(head := source.read(4)) == 4:
            body = source.read(int.from_bytes(head[:3], "little"))
            if head[3] == 0 and body[:1] == bytes([COM_QUERY]):
                wire.statements += 1
                wire.texts.append(body[1:].decode(errors="replace"))
            server.sendall(head + body)
    except (OSError, ValueError):
        pass
    finally:
        server.close()


def _back(server: socket.socket, client: socket.socket) -> None:
    try:
        while data := server.recv(1 << 16):
            client.sendall(data)
    except OSError:
        pass
    finally:
        client.close()
