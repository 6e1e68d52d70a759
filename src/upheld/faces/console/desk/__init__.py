"""The desk: who waits for an answer, one request with all that is known of it, and what may be done next."""

from litestar.handlers import HTTPRouteHandler

from upheld.faces.console.desk.acts import act_handlers
from upheld.faces.console.desk.intake import intake_handlers
from upheld.faces.console.desk.live import live_handlers
from upheld.faces.console.desk.looking import looking_handlers
from upheld.faces.console.desk.papers import paper_handlers
from upheld.faces.console.desk.weighing import weighing_handlers
from upheld.faces.console.rendering import Console

__all__ = ["desk_handlers"]


def desk_handlers(console: Console) -> list[HTTPRouteHandler]:
    """The addresses of the desk's pages."""
    return [
        *looking_handlers(console),
        *intake_handlers(console),
        *act_handlers(console),
        *weighing_handlers(console),
        *paper_handlers(console),
        *live_handlers(console),
    ]
