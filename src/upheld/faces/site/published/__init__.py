"""The published notice: its page, its versions, what changed between them, and the forms that machines read."""

from upheld.faces.site.published.edition import Edition, edition_of
from upheld.faces.site.published.publication import Publication, pages_of_notice
from upheld.faces.site.published.writing import refuse_other, write_pages

__all__ = ["Edition", "Publication", "edition_of", "pages_of_notice", "refuse_other", "write_pages"]
