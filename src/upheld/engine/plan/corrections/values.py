"""A value as a person writes it becomes one that a column takes; and two ways of writing are told to be one value, or not.

Pure. Stores give every cell as text; here a text is read by the column's family, so that `12.50` and `12.5`, or two spellings of one address, are the
same and `José` and `Jose` are not. Whether a check or a unique index takes a value only the engine knows: it is tried in a rehearsal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from upheld.engine.estate.forms import normalise
from upheld.engine.estate.model import Engine, LiveColumn

TRUTHS: Mapping[str, bool] = {
    "true": True,
    "t": True,
    "1": True,
    "yes": True,
    "false": False,
    "f": False,
    "0": False,
    "no": False,
}
CORRECTABLE = ("text", "integer", "number", "boolean", "date", "timestamp", "uuid")


def unfit(live: LiveColumn, text: str | None) -> str:
    """Why the column cannot take this value; empty if it can, as far as its type says."""
    if text is None:
        return "" if live.nullable else "it may not be empty"
    if live.family == "text":
        return f"it holds at most {live.length} characters" if live.length is not None and len(text) > live.length else ""
    read = _READ.get(live.family)
    return "" if read is not None and read(text) is not None else f"it holds {live.type or live.family}"


def as_taken(live: LiveColumn, text: str | None, engine: Engine) -> str | None:
    """The text that is handed to the engine for this value; assumes that `unfit` finds nothing."""
    if text is None or live.family not in ("boolean", "timestamp"):
        return text
    if live.family == "boolean":
        truth = TRUTHS[text.strip().lower()]
        return str(truth).lower() if engine == "postgresql" else str(int(truth))
    moment = _moment(text)
    assert moment is not None
    return text if engine == "postgresql" else moment.replace(tzinfo=None).isoformat(sep=" ")


def is_same(live: LiveColumn, forms: Iterable[str], one: str | None, other: str | None, region: str = "") -> bool:
    """Whether both say the same in this column. `forms`: normal forms of the identifiers that it bears; blank says nothing, as NULL does."""
    if not (one or "").strip() or not (other or "").strip():
        return not (one or "").strip() and not (other or "").strip()
    assert one is not None and other is not None
    for form in forms:
        normal = normalise(form, one, region)
        if normal is not None and normal == normalise(form, other, region):
            return True
    read = _READ.get(live.family, _text)
    first, second = read(one), read(other)
    return first == second if first is not None and second is not None else _text(one) == _text(other)


def _text(text: str) -> object:
    return unicodedata.normalize("NFC", text).strip()


def _whole(text: str) -> object:
    try:
        return int(text.strip())
    except ValueError:
        return None


def _number(text: str) -> object:
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _truth(text: str) -> object:
    return TRUTHS.get(text.strip().lower())


def _day(text: str) -> object:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _uuid(text: str) -> object:
    digits = re.sub(r"[-{}]", "", text.strip().lower())
    return digits if re.fullmatch(r"[0-9a-f]{32}", digits) else None


_READ: Mapping[str, Callable[[str], object]] = {
    "text": _text, "integer": _whole, "number": _number, "boolean": _truth, "date": _day, "timestamp": _moment, "uuid": _uuid,
}  # fmt: skip
