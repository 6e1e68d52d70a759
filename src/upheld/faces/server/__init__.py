"""The server: every part in one application, watched, with background work beside it, until it is told to stop."""

from upheld.faces.server.around import Around
from upheld.faces.server.errors import ServerRefused
from upheld.faces.server.logs import Log
from upheld.faces.server.running import Serving, running_server, serve_all
from upheld.faces.server.tally import Tally
from upheld.faces.server.working import work_until_stopped

__all__ = ["Around", "Log", "ServerRefused", "Serving", "Tally", "running_server", "serve_all", "work_until_stopped"]
