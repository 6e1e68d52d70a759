"""A server with its worker inside, killed with SIGKILL again and again while requests come in, until one lives and ends in order.

    python -m tests.desk.killed_servers < settings.json

A program of its own: it forks, and must have no threads when it does. Prints how each ended, and which case each request opened, as JSON.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.desk.killed_workers import PACE, dying
from tests.examples.firms import NOW
from upheld.faces.app import App, Settings
from upheld.faces.server import Log, Serving, serve_all

DEADLINE_S = 90


def start(app: App, folder: Path, at: int) -> tuple[int, str]:
    """The process and its address; no address where it died before it listened."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            os.close(ours)
            if at:
                dying(at)
            with open(os.devnull, "w", encoding="utf-8") as nowhere:
                code = serve_all(
                    app, folder, Serving("127.0.0.1", 0, 2, PACE), lambda address: _say(theirs, address), Log(nowhere)
                )
        finally:
            os._exit(code)
    os.close(theirs)
    with os.fdopen(ours, encoding="utf-8") as line:
        return pid, line.readline().strip()


def _say(pipe: int, address: str) -> None:
    os.write(pipe, f"{address}\n".encode())
    os.close(pipe)


def send(address: str, token: str, origin: str) -> str:
    """The number of the case that the request opened, or opened before. OSError or HTTPException where the server is no more."""
    at = urlsplit(address)
    line = http.client.HTTPConnection(at.hostname or "", at.port, timeout=30)
    person = {"name": "Ada Example", "email": f"{origin}@example.test", "words": "Please."}
    said = {
        "regime": "eu-gdpr",
        "channel": "web-form",
        "rights": ["access"],
        "country": "IE",
        "origin": origin,
        "person": person,
    }
    try:
        line.request(
            "POST", "/api/v1/cases", json.dumps(said), {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        )
        answer = line.getresponse()
        body = answer.read()
    finally:
        line.close()
    if answer.status != 201:
        raise http.client.HTTPException(str(answer.status))
    return str(json.loads(body)["case"]["id"])


def main() -> None:
    said: dict[str, Any] = json.load(sys.stdin)
    app = App(
        Settings(said["own"], said["owner"], Path(said["data"]), said["environment"], origin=said["origin"], now=lambda: NOW)
    )
    waiting, came = list(said["origins"]), []
    opened: dict[str, list[str]] = {origin: [] for origin in waiting}
    for at in said["die_at"]:
        pid, address = start(app, Path(said["folder"]), at)
        try:
            while address and waiting:
                opened[waiting[0]].append(send(address, said["token"], waiting[0]))
                waiting.append(waiting.pop(0))  # and once more, until the server is no more
        except (OSError, http.client.HTTPException):
            pass
        came.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    pid, address = start(app, Path(said["folder"]), 0)
    for origin in waiting:
        opened[origin].append(send(address, said["token"], origin))
    until = time.monotonic() + DEADLINE_S
    with psycopg.connect(said["own"], autocommit=True) as connection:
        while time.monotonic() < until:
            row = connection.execute(
                "SELECT count(*) FROM request r WHERE r.number = ANY(%s) AND state = 'identity' "
                "AND EXISTS (SELECT FROM request_event e WHERE e.request = r.number AND e.kind = 'acknowledged')",
                [[int(ids[-1][2:]) for ids in opened.values()]],
            ).fetchone()
            if row == (len(opened),):
                break
            time.sleep(0.1)
    os.kill(pid, signal.SIGTERM)
    came.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    print(json.dumps({"came": came, "opened": opened}))


if __name__ == "__main__":
    main()
