"""The server over real sockets: what goes on around every request, what it tells of itself, and whose word it believes."""

from __future__ import annotations

import http.client
import io
import json
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from litestar import MediaType, Request, Response, get, post
from litestar.response import Stream

from upheld.faces.app import App, Settings
from upheld.faces.app.parts import Part
from upheld.faces.server import Log, ServerRefused, Tally, running_server
from upheld.records.jobs import Happened, defer
from upheld.records.own import EmbeddedServer, on_server

SECRET = "ada.byron@example.test"


@get("/word/{word:str}", sync_to_thread=True)
def word(word: str) -> str:
    return word


@get("/broken", sync_to_thread=True)
def broken() -> str:
    raise RuntimeError(SECRET)


@get("/who", sync_to_thread=True)
def who(request: Request[Any, Any, Any]) -> str:
    assert request.client is not None
    return f"{request.client.host} {request.scope['scheme']}"


@post("/form", sync_to_thread=True)
def form(data: dict[str, str]) -> int:
    return sum(map(len, data.values()))


@get("/slow")
async def slow() -> str:
    import asyncio

    await asyncio.sleep(60)
    return "late"


@get("/stream")
async def stream() -> Stream:
    async def pieces() -> Any:
        import asyncio

        for _ in range(4):
            await asyncio.sleep(0.3)
            yield b"piece "

    return Stream(pieces())


def said(_: Request[Any, Any, Any], status: int) -> Response[str]:
    return Response(f"inner trouble {status}", status_code=status, media_type=MediaType.HTML)


PARTS = (
    Part("outer", (word, broken, who, form)),
    Part("inner", (broken,), "/inner", policy="default-src 'self'", trouble=said),
    Part("hurried", (slow, stream, form), "/hurried", answer_within_s=1.0),
)


@pytest.fixture(scope="module")
def app(pg: EmbeddedServer, own_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    name = f"own_{uuid.uuid4().hex[:12]}"
    on_server(pg, name, template=own_template).let_go()
    made = App(Settings(pg.url(name, "upheld_app"), pg.url(name), tmp_path_factory.mktemp("data"), metrics_token="open sesame"))
    yield made
    made.close()
    pg.drop_database(name)


class Visited:
    """A running server with what it logs and counts."""

    def __init__(self, address: str, log: io.StringIO, tally: Tally) -> None:
        self.place, self._log, self.tally = urlsplit(address).netloc, log, tally

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], str]:
        line = http.client.HTTPConnection(self.place, timeout=60)
        line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = line.getresponse()
        text = answer.read().decode()
        line.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text

    def logged(self, id: str) -> dict[str, Any]:
        """The line of the request of this id; it is written once the answer is sent, so it may be waited for."""
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            for line in self._log.getvalue().splitlines():
                if id in line:
                    return dict(json.loads(line))
            time.sleep(0.01)
        raise AssertionError(self._log.getvalue())

    def everything(self) -> str:
        return self._log.getvalue()


@pytest.fixture(scope="module")
def visited(app: App) -> Iterator[Visited]:
    stream, tally = io.StringIO(), Tally()
    with running_server(app, PARTS, Log(stream), tally) as address:
        yield Visited(address, stream, tally)


def test_a_request_is_logged_by_its_route_without_path_query_or_address(visited: Visited) -> None:
    status, headers, text = visited.ask(f"/word/{SECRET}?name={SECRET}", User_Agent=SECRET)
    assert (status, text) == (200, SECRET)
    line = visited.logged(headers["x-request-id"])
    assert (line["event"], line["method"], line["route"], line["status"]) == ("request", "GET", "/word/{word}", 200)
    assert set(line) == {"at", "event", "id", "method", "route", "status", "ms", "bytes"}
    assert SECRET not in visited.everything() and "127.0.0.1" not in visited.everything()


@pytest.mark.parametrize(
    ("path", "policy", "text"),
    [("/broken", "default-src 'none'", "cannot be answered"), ("/inner/broken", "default-src 'self'", "inner trouble 500")],
)
def test_a_fault_is_its_kind_and_place_in_the_log_and_nothing_to_the_visitor(
    visited: Visited, capfd: pytest.CaptureFixture[str], path: str, policy: str, text: str
) -> None:
    status, headers, body = visited.ask(path)
    assert status == 500 and text in body and headers["content-security-policy"].startswith(policy)
    assert visited.logged(headers["x-request-id"])["fault"].startswith("RuntimeError in ")
    assert SECRET not in body + visited.everything() + "".join(capfd.readouterr())


@pytest.mark.parametrize(("path", "policy"), [("/nowhere", "default-src 'none'"), ("/inner/nowhere", "default-src 'self'")])
def test_an_address_that_does_not_exist_is_answered_by_the_nearest_part(visited: Visited, path: str, policy: str) -> None:
    status, headers, body = visited.ask(path)
    assert status == 404 and headers["content-security-policy"].startswith(policy) and headers["cache-control"] == "no-store"
    assert ("inner trouble" in body) == path.startswith("/inner")
    assert visited.logged(headers["x-request-id"])["route"] == "none"


def test_another_method_is_refused_with_those_that_there_are(visited: Visited) -> None:
    status, headers, _ = visited.ask("/who", "POST")
    assert status == 405 and "GET" in headers["allow"]


def test_a_body_that_is_too_large_is_refused(visited: Visited) -> None:
    assert visited.ask("/form", "POST", json.dumps({"a": "b" * 1000}).encode(), Content_Type="application/json")[0] == 201
    status, _, _ = visited.ask("/form", "POST", json.dumps({"a": "b" * 70_000}).encode(), Content_Type="application/json")
    assert status == 413


def test_an_answer_that_does_not_begin_in_time_is_given_up_and_one_that_streams_is_not(visited: Visited) -> None:
    status, headers, _ = visited.ask("/hurried/slow")
    assert status == 503 and visited.logged(headers["x-request-id"])["fault"] == "too slow"
    assert visited.ask("/hurried/stream")[2] == "piece " * 4


def test_a_body_that_never_comes_is_not_waited_for(visited: Visited) -> None:
    status, _, _ = visited.ask("/hurried/form", "POST", None, Content_Type="application/json", Content_Length="100")
    assert status == 503


def test_a_method_that_nobody_knows_is_not_written_down(visited: Visited) -> None:
    status, headers, _ = visited.ask("/who", "ADA.BYRON")
    assert status == 405 and visited.logged(headers["x-request-id"])["method"] == "other"
    assert "ADA" not in visited.everything()


def test_nobodys_word_about_an_address_is_believed_unless_it_is_trusted(app: App, visited: Visited) -> None:
    told = {"X_Forwarded_For": "192.0.2.7", "X_Forwarded_Proto": "https"}
    assert visited.ask("/who", **told)[2] == "127.0.0.1 http"
    behind = App(replace(app.settings, proxies=("127.0.0.0/8",), public_url="https://privacy.example.test"))
    try:
        with running_server(behind, PARTS, Log(io.StringIO())) as address:
            proxied = Visited(address, io.StringIO(), Tally())
            _, headers, text = proxied.ask("/who", **told)
            assert text == "192.0.2.7 https" and "max-age" in headers["strict-transport-security"]
            assert proxied.ask("/who", X_Forwarded_For="192.0.2.9, 192.0.2.7")[2].startswith("192.0.2.7 "), (
                "the last one, told by the proxy"
            )
    finally:
        behind.close()
    assert "strict-transport-security" not in visited.ask("/who")[1]


@pytest.mark.parametrize(
    ("setting", "code"), [({"proxies": ("my-proxy",)}, "R701"), ({"public_url": "privacy.example.test"}, "R702")]
)
def test_a_setting_that_cannot_be_read_is_refused_before_anything_is_opened(
    app: App, setting: dict[str, Any], code: str
) -> None:
    with pytest.raises(ServerRefused) as refused, running_server(App(replace(app.settings, **setting)), (), Log(io.StringIO())):
        pass
    assert refused.value.code == code and refused.value.exit == 2


def test_metrics_are_for_this_machine_and_for_who_bears_the_token(visited: Visited) -> None:
    assert visited.ask("/metrics")[0] == 200
    assert visited.ask("/metrics", X_Forwarded_For="192.0.2.7")[0] == 404
    assert visited.ask("/metrics", X_Forwarded_For="192.0.2.7", Authorization="Bearer open")[0] == 404
    assert visited.ask("/metrics", X_Forwarded_For="192.0.2.7", Authorization="Bearer open sesame")[0] == 200


def test_metrics_count_requests_by_route_and_jobs_by_state_and_can_be_parsed(app: App, visited: Visited) -> None:
    visited.ask("/word/one")
    visited.ask(f"/nowhere/{uuid.uuid4()}")
    visited.tally.job(Happened("done", "continue case", 1))
    with app.own.transaction() as connection:
        defer(connection, "continue case", {"case": 1})
    _, headers, text = visited.ask("/metrics")
    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            found[name] = float(value)
    assert found['upheld_requests_total{method="GET",route="/word/{word}",status="200"}'] >= 1
    bucket = 'upheld_request_seconds_bucket{le="%s",route="/word/{word}"}'
    assert 0 <= found[bucket % "0.02"] <= found[bucket % "+Inf"] == found['upheld_request_seconds_count{route="/word/{word}"}']
    assert found['upheld_job_outcomes_total{outcome="done",task="continue case"}'] == 1
    assert (
        found['upheld_jobs{state="waiting"}'] == 1 and found["upheld_workers"] == 0 and found["upheld_jobs_oldest_seconds"] >= 0
    )
    assert found['upheld_cases{state="identity"}'] == 0 and found["upheld_cases_late"] == 0
    assert found["upheld_database_up"] == 1 and found["upheld_ledger_size"] == 0
    assert not [name for name in found if "/nowhere/" in name]


def test_ready_says_that_nobody_works_and_that_our_database_is_gone(app: App, visited: Visited, pg: EmbeddedServer) -> None:
    status, _, text = visited.ask("/ready")
    assert status == 200 and json.loads(text)["jobs"]["workers"] == 0 and "look" in json.loads(text)["status"]
    nowhere = "postgresql://upheld@127.0.0.1:1/nothing"
    away = App(replace(app.settings, own_url=nowhere, owner_url=nowhere))
    with running_server(away, (), Log(io.StringIO())) as address:
        there = Visited(address, io.StringIO(), Tally())
        assert there.ask("/ready")[0] == 503 and there.ask("/health")[0] == 200
        assert "upheld_database_up 0" in there.ask("/metrics")[2]


def test_what_a_job_says_is_a_line_without_words() -> None:
    stream = io.StringIO()
    log = Log(stream)
    log.job(Happened("started", "continue case", 17))
    log.job(Happened("failed", "continue case", 17, 0.25, "X902"))
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert {**line, "at": ""} == {
        "at": "",
        "event": "job failed",
        "task": "continue case",
        "job": 17,
        "ms": 250.0,
        "fault": "X902",
    }


def test_a_server_that_stops_sends_the_answers_that_have_begun(app: App) -> None:
    read: list[str] = []
    with running_server(app, PARTS, Log(io.StringIO())) as address:
        line = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        line.request("GET", "/hurried/stream")
        answer = line.getresponse()
        first = answer.read(6)
        reader = threading.Thread(target=lambda: read.append((first + answer.read()).decode()))
        reader.start()
    reader.join(20)
    assert read == ["piece " * 4]


def test_the_page_of_the_server_names_every_setting(app: App) -> None:
    from upheld.faces.app import from_environment

    page = (Path(__file__).parents[2] / "docs" / "server.md").read_text(encoding="utf-8")
    names = ("UPHELD_PUBLIC_URL", "UPHELD_TRUSTED_PROXIES", "UPHELD_METRICS_TOKEN")
    assert all(name in page for name in names)
    read = from_environment(
        {
            "UPHELD_PUBLIC_URL": "https://privacy.example.test/",
            "UPHELD_TRUSTED_PROXIES": "10.0.0.7, 192.168.0.0/24,",
            "UPHELD_METRICS_TOKEN": "",
        }
    )
    assert (read.public_url, read.proxies, read.metrics_token) == (
        "https://privacy.example.test",
        ("10.0.0.7", "192.168.0.0/24"),
        None,
    )
