"""The typed program, and what it decides: promises as values, may this flow happen, for one person or as a set."""

from upheld.language.promises.decide import decide, permitted

__all__ = ["decide", "permitted"]
