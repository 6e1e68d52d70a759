"""Serving: an address becomes a listening site, or a refusal that says why.

The socket is bound before the server starts, so that a taken port is a sentence and not a traceback. Refuses a public
address while our own database is the embedded one: that trusts one machine and one OS user.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator

import uvicorn

from upheld.faces.app.parts import Part
from upheld.faces.site.errors import SiteRefused
from upheld.faces.site.pages import Pages
from upheld.faces.site.routes import build_site

LOCAL = "127.0.0.1"
WAIT_S = 20
PORT_MAX = 65535


@contextlib.contextmanager
def running_site(pages: Pages, *beside: Part) -> Iterator[str]:
    """The address of the site on a free port of this machine, answering until the block ends; for a witness's visit. `beside`: parts that answer too."""
    line = bind(LOCAL, 0, embedded=True)
    server = Listening(uvicorn.Config(build_site(pages, *beside), log_level="critical", access_log=False, lifespan="off"))
    ready = threading.Event()
    server.told = ready.set
    thread = threading.Thread(target=server.run, kwargs={"sockets": [line]}, daemon=True)
    with line:
        thread.start()
        try:
            if not ready.wait(WAIT_S):
                raise SiteRefused("V902", "The site did not answer in time.", "Try again.")
            yield address_of(line)
        finally:
            server.should_exit = True
            thread.join(WAIT_S)


class Listening(uvicorn.Server):
    """Says when it listens."""

    told: Callable[[], object] = staticmethod(lambda: None)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.told()


def bind(host: str, port: int, embedded: bool) -> socket.socket:
    """A line that listens, or SiteRefused; the caller closes it."""
    if embedded and not _is_local(host):
        raise SiteRefused(
            "V901",
            f"{host} can be reached from other machines.",
            "Serve on 127.0.0.1, or give UPHELD_DATABASE_URL of a PostgreSQL that you run.",
        )
    if not 0 <= port <= PORT_MAX:  # the resolver would cut it to 16 bits in silence
        raise SiteRefused("V902", f"{port} is no port.", f"Choose one up to {PORT_MAX} with --port.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        line = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError):
        raise SiteRefused("V902", f"{host} is no address of this machine.", "Give an address it has.") from None
    try:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        line.bind(address)
        line.listen(128)
    except OSError as error:
        line.close()
        raise SiteRefused(
            "V902", f"Port {port} of {host}: {(error.strerror or 'refused').lower()}.", "Choose another with --port."
        ) from None
    return line


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def address_of(line: socket.socket) -> str:
    """Where visitors of this machine find it."""
    host, port = line.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
