"""A signed-in person's own pages: what we have of her, what it is used for, what she agreed to, and how she closes her account."""

from upheld.faces.site.mine.routes import mine_part

__all__ = ["mine_part"]
