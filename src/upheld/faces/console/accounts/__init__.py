"""Signing in, one's own account, and the accounts of colleagues."""

from litestar.handlers import HTTPRouteHandler

from upheld.faces.console.accounts.colleagues import colleague_handlers
from upheld.faces.console.accounts.entering import entering_handlers
from upheld.faces.console.accounts.own import own_handlers
from upheld.faces.console.rendering import Console

__all__ = ["account_handlers"]


def account_handlers(console: Console) -> list[HTTPRouteHandler]:
    """The addresses of all accounts' pages."""
    return [*entering_handlers(console), *own_handlers(console), *colleague_handlers(console)]
