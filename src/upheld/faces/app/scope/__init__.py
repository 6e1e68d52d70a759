"""What a notice covers and where its pages lead: a register beside the notice, and what a visitor finds when the pages are walked."""

from upheld.faces.app.scope.asking import Asking, standing_in
from upheld.faces.app.scope.crawling import Walk, crawl
from upheld.faces.app.scope.finding import Found, look
from upheld.faces.app.scope.registry import FILE, Link, Scope, Surface, read_scope, scope_in

__all__ = [
    "FILE",
    "Asking",
    "Found",
    "Link",
    "Scope",
    "Surface",
    "Walk",
    "crawl",
    "look",
    "read_scope",
    "scope_in",
    "standing_in",
]
