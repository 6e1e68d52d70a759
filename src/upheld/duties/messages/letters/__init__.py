"""Letters as data: a kind, values, a regime and a language become text, HTML and PDF that say the same."""

from upheld.duties.messages.letters.compose import compose
from upheld.duties.messages.letters.model import Authority, Firm, Letter, Part
from upheld.duties.messages.letters.pdf import to_pdf, to_picture

__all__ = ["Authority", "Firm", "Letter", "Part", "compose", "to_pdf", "to_picture"]
