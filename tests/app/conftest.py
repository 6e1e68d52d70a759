"""The bookshop of the command line's tests, for runs through the library that are stopped, killed and disturbed."""

from tests.cli.conftest import harbour, shop

__all__ = ["harbour", "shop"]
