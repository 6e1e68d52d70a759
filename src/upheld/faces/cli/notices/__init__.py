"""Commands about notices themselves: their machine forms, versions, pages and the law under them."""

from upheld.faces.cli.notices.exporting import add_exporting
from upheld.faces.cli.notices.law import add_law

__all__ = ["add_exporting", "add_law"]
