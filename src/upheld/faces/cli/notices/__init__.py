"""Commands about notices themselves: their machine forms, versions, pages and the law under them."""

from upheld.faces.cli.notices.exporting import add_exporting

__all__ = ["add_exporting"]
