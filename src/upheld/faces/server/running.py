"""The server runs: a line is bound, the parts answer, the worker works beside them, and a stop ends all of it in order.

At a stop no new connection is taken, answers that have begun are sent, then the worker finishes what it does. A second Ctrl-C does not wait for answers.
What the parts are: see `parts`.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from upheld.faces.app import App, Exit
from upheld.faces.app.parts import Part, build_application, work_of
from upheld.faces.server.around import Around, Local
from upheld.faces.server.errors import ServerRefused
from upheld.faces.server.logs import Log, OfLibraries
from upheld.faces.server.parts import parts_of
from upheld.faces.server.state import state_part
from upheld.faces.server.tally import Tally
from upheld.faces.server.working import do_work
from upheld.faces.site.serving import LOCAL, WAIT_S, Listening, address_of, bind
from upheld.records.jobs import Happened, Pace

DRAIN_S = 20
CONNECTIONS = 1_000


@dataclass(frozen=True, slots=True)
class Serving:
    """Where and how it is served. `workers`: how many jobs at a time in this process; 0: none, other processes do them."""

    host: str = LOCAL
    port: int = 8080
    workers: int = 4
    pace: Pace = Pace()  # noqa: RUF009


def serve_all(app: App, folder: Path, serving: Serving, listening: Callable[[str], None], log: Log | None = None) -> int:
    """Everything is served until SIGTERM or SIGINT; the exit code: 0, or 4 if a job had to be left before its end.

    Raises SiteRefused (V901, V902) and ServerRefused before anything is opened.
    """
    said, tally, stopping = log or Log(), Tally(), threading.Event()
    line = bind(serving.host, serving.port, app.own.embedded)
    with line, _libraries(said):
        server = _server(app, [*parts_of(app, folder), state_part(app, tally, stopping)], said, tally, stopping)
        server.told = lambda: listening(address_of(line))
        with _working(app, folder, serving, said, tally) as left:
            server.run(sockets=[line])
    said("stopped", left=left[0] or None)
    return Exit.WAITING if left[0] else Exit.WELL


@contextlib.contextmanager
def running_server(app: App, parts: Sequence[Part], log: Log, tally: Tally | None = None) -> Iterator[str]:
    """The address of a server of these parts on a free port of this machine, while the block lasts; no worker runs."""
    stopping, counted = threading.Event(), tally or Tally()
    line = bind(LOCAL, 0, embedded=True)
    server = _server(app, [*parts, state_part(app, counted, stopping)], log, counted, stopping)
    ready = threading.Event()
    server.told = ready.set
    thread = threading.Thread(target=server.run, kwargs={"sockets": [line]}, daemon=True)
    with line:
        thread.start()
        try:
            if not ready.wait(WAIT_S):
                raise TimeoutError
            yield address_of(line)
        finally:
            server.should_exit = True
            thread.join(WAIT_S)


class _Server(Listening):
    """Stops in order: whoever asks is told that it stops, and the signals that stopped it are not raised anew."""

    stopping: threading.Event
    log: Log

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """While the block lasts SIGTERM and SIGINT stop the server; a second SIGINT does not wait for answers."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """The stop is noted, and told."""
        self.log("stopping", signal=signal.Signals(sig).name)
        self.stopping.set()
        super().handle_exit(sig, frame)


def _server(app: App, parts: Sequence[Part], log: Log, tally: Tally, stopping: threading.Event) -> _Server:
    settings = app.settings
    if not settings.public_url.startswith(("https://", "http://")):
        raise ServerRefused(
            "R702", "It does not begin with https://.", "Write UPHELD_PUBLIC_URL as https://privacy.example.test."
        )
    secure = settings.public_url.startswith("https://")
    application: Any = Around(build_application(parts, stopping), parts, log, tally, secure)
    if settings.proxies:
        application = ProxyHeadersMiddleware(application, trusted_hosts=_networks(settings.proxies))
    server = _Server(
        uvicorn.Config(
            Local(application),
            log_config=None,
            access_log=False,
            lifespan="off",
            proxy_headers=False,  # its default believes any process of this machine
            server_header=False,
            limit_concurrency=CONNECTIONS,
            timeout_graceful_shutdown=DRAIN_S,
        )
    )
    server.stopping, server.log = stopping, log
    return server


def _networks(proxies: Sequence[str]) -> list[str]:
    import ipaddress

    try:
        return [str(ipaddress.ip_network(proxy, strict=False)) for proxy in proxies]
    except ValueError:
        help = "Write UPHELD_TRUSTED_PROXIES as addresses or networks with commas between: 10.0.0.7, 192.168.0.0/24."
        raise ServerRefused("R701", "One of them is no address and no network.", help) from None


@contextlib.contextmanager
def _working(app: App, folder: Path, serving: Serving, log: Log, tally: Tally) -> Iterator[list[int]]:
    """The worker runs in a thread while the block lasts; then it finishes. Afterwards the list holds how many jobs it left."""
    left, stop = [0], threading.Event()
    if not serving.workers:
        yield left
        return
    all_of_it = work_of(app, folder)

    def told(happened: Happened) -> None:
        tally.job(happened)
        log.job(happened)

    def work() -> None:
        left[0] = do_work(app, all_of_it, stop, serving.workers, told, serving.pace)

    thread = threading.Thread(target=work, name="worker")
    thread.start()
    try:
        yield left
    finally:
        stop.set()
        thread.join()


@contextlib.contextmanager
def _libraries(log: Log) -> Iterator[None]:
    """What libraries log in the meantime goes the same way, without their words."""
    handler, root = OfLibraries(log), logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
