"""A kind, values, a regime and a language become a letter; what the law wants said is looked up and placed.

Pure: no clock, no database, no network. A letter that lacks a value (R401), names one that the kind does not take (R402), or lacks a content
that the regime requires (R403, R404) is refused, so that it cannot be sent. Not taken: free templates with logic in them; what a kind
may hold is a list in a data file that a test can read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo

from babel.lists import format_list

from upheld.duties.messages.errors import MessageFault
from upheld.duties.messages.letters.catalogue import filled, has, placeholders, said
from upheld.duties.messages.letters.model import Authority, Firm, Letter, Part
from upheld.duties.messages.letters.placed import Placed, place, whom_to_complain_to
from upheld.duties.messages.letters.plain import LOCALES, greeted, line, link, paragraphs, written
from upheld.duties.messages.letters.render import as_html, as_text
from upheld.duties.messages.letters.templates import Content, Slot, Template, contents, template

# Values that any letter takes beside those of its kind.
EVERYWHERE = ("ledger_entry", "rights")


@dataclass(frozen=True, slots=True)
class _Writing:
    template: Template
    given: Mapping[str, object]
    firm: Firm
    placed: Placed
    language: str
    zone: tzinfo
    authorities: tuple[Authority, ...]

    def has(self, name: str) -> bool:
        return bool(self.given.get(name)) or name in self.placed.flags

    def say(self, id: str, *, full: bool = False) -> str:
        text = said(self.language, id, self.placed.right, self.placed.regime.id if self.placed.regime else "")
        return filled(text, {name: self.value(name, full=full) for name in placeholders(text)})

    def asked(self) -> str:
        """What the person asked for, all of it where `rights` names several."""
        rights = [str(right) for right in _listed(self.given.get("rights") or self.placed.right)]
        regime = self.placed.regime.id if self.placed.regime else ""
        return format_list(
            [said(self.language, "right", right, regime) for right in dict.fromkeys(rights)], locale=LOCALES[self.language]
        )

    def value(self, name: str, *, full: bool = False) -> str:
        match name:
            case "asked":
                return self.asked()
            case "contact":
                return line(self.firm.contact)
            case "authority" if self.authorities:
                return format_list([line(one.name) for one in self.authorities], style="or", locale=LOCALES[self.language])
            case "ledger_link":
                return self.firm.ledger_link
            case "entry":
                return written(self.given["ledger_entry"], self.language)
            case "cites":
                return " · ".join(map(self.placed.cited, _listed(self.given["cites"])))
            case "remedy_until":
                found = self.given.get("complaint_by") or self.placed.remedy_until
            case _:
                found = self.given.get(name)
        if isinstance(found, datetime) and not name.endswith("_until"):
            found = found.astimezone(self.zone).date()  # what was asked came on a day; only what ends has its hour
        if found is None:
            raise MessageFault("R401", f"A letter `{self.template.kind}` that says this needs `{name}`.")
        return written(found, self.language, self.zone, full=full)


def compose(
    kind: str,
    values: Mapping[str, object],
    regime: str,
    language: str,
    *,
    firm: Firm,
    to: Sequence[str],
    today: date,
    country: str = "",
    zone: tzinfo = UTC,
) -> Letter:
    """The letter. `regime`: id with hyphens, or empty for none. `to`: name, then address lines. `country`: whose authority (`IE`).

    `values` are those of the kind (docs/letters.md): text, days, moments, https links, lists of text, rows for tables; `authority` (an
    Authority) overrules the law's. MessageFault R401 to R404. 2 ms; the first call reads the law and the texts.
    """
    form = template(kind)
    _known(form, values)
    right = str(values.get("right") or form.right)
    placed = place(regime, right, language, today)
    given = values.get("authority")
    known = (given if isinstance(given, Authority) else Authority(line(str(given))),) if given else ()
    authorities = known or whom_to_complain_to(placed.regimes, country, firm.country)
    firm = _as_written(firm, language)
    writing = _Writing(form, values, firm, placed, language, zone, authorities)
    parts = tuple(part for slot in form.slots for part in _parts(writing, slot))
    letter = Letter(
        kind=kind,
        language=language,
        subject=writing.say(form.subject),
        title=writing.say(form.title),
        greeting=_greeting(writing, to),
        firm=firm,
        to=tuple(filter(None, map(line, to))),
        reference=_reference(writing),
        day=written(today, language),
        parts=parts,
        footer=tuple(_footer(writing)),
        unconfirmed=tuple(dict.fromkeys(placed.unconfirmed)),
        with_pdf=form.pdf,
    )
    return replace(letter, text=as_text(letter), html=as_html(letter))


def _as_written(firm: Firm, language: str) -> Firm:
    """The name once, above its address; the role in the letter's language where a text knows it."""
    address = tuple(row for row in firm.address if row.casefold() != firm.name.casefold())
    role = f"role/{'-'.join(firm.role.lower().split())}"
    return replace(firm, address=address, role=written({"say": role}, language) if has(language, f"say.{role}") else firm.role)


def _known(form: Template, values: Mapping[str, object]) -> None:
    missing = [name for name in form.needs if not values.get(name)]
    if missing:
        raise MessageFault("R401", f"A letter `{form.kind}` needs {', '.join(f'`{name}`' for name in missing)}.")
    takes = (*form.needs, *form.may, *EVERYWHERE)
    unknown = [name for name in values if name not in takes]
    if unknown:
        raise MessageFault(
            "R402",
            f"A letter `{form.kind}` takes no {', '.join(f'`{name}`' for name in unknown)}.",
            f"It takes {', '.join(takes)}.",
        )


def _parts(writing: _Writing, slot: Slot) -> Iterator[Part]:
    if (slot.when and not writing.has(slot.when)) or (slot.unless and writing.has(slot.unless)):
        return
    given = writing.given.get(slot.name)
    match slot.verb:
        case "say":
            yield Part("paragraph", writing.say(slot.name))
        case "head":
            yield Part("head", writing.say(slot.name))
        case "small":
            yield Part("small", writing.say(slot.name))
        case "date":
            small = (
                writing.placed.small(slot.small) if slot.small.startswith("cite_") else slot.small and writing.say(slot.small)
            )
            yield Part("date", writing.say(slot.name, full=True), small or "")
        case "link" if given:
            yield Part("link", link(str(given)))
        case "code" if given:
            yield Part("code", line(str(given)))
        case "text" if given:
            for text in paragraphs("\n\n".join(_prose(writing, each) for each in _listed(given))):
                yield Part("paragraph", text)
        case "list" if given:
            yield Part("list", items=tuple(written(item, writing.language, writing.zone) for item in _things(given)))
        case "table" if given:
            yield _table(writing, slot, given)
        case "contents":
            yield from _contents(writing, slot)


def _prose(writing: _Writing, given: object) -> str:
    return written(given, writing.language, writing.zone) if isinstance(given, Mapping) else str(given)


def _table(writing: _Writing, slot: Slot, given: object) -> Part:
    rows = tuple(tuple(written(cell, writing.language, writing.zone) for cell in _things(row)) for row in _things(given))
    if any(len(row) != len(slot.columns) for row in rows):
        raise MessageFault(
            "R402", f"Rows of `{slot.name}` have {len(slot.columns)} cells each.", f"They are: {', '.join(slot.columns)}."
        )
    return Part("table", columns=tuple(map(writing.say, slot.columns)), rows=rows)


def _contents(writing: _Writing, slot: Slot) -> Iterator[Part]:
    """What the law wants said here. `routes` alone (the way to complain) where nothing is refused: then a missing authority refuses nothing."""
    entries = tuple(_entries(writing, slot))
    says = dict.fromkeys(text for content in entries for text in _says(writing, content))
    if slot.name == "refusal" and writing.authorities and "remedies.authority" not in says:
        says = {
            "remedies.authority": None,
            **says,
        }  # CCPA lists no complaint among the contents of a denial; there is one all the same
    if says and slot.head:
        yield Part("head", writing.say(slot.head))
    for text in says:
        yield Part("paragraph", writing.say(text))
        if text == "remedies.authority":
            yield from (Part("address", items=where) for one in writing.authorities if (where := _where(writing, one)))


def _entries(writing: _Writing, slot: Slot) -> Iterator[Content]:
    known = contents(slot.name)
    for entry in writing.placed.contents(slot.name):
        if entry not in known:
            raise MessageFault("R403", f"The law wants `{entry}` said, and no text of ours says it.")
        content = known[entry]
        if (content.rights and writing.placed.right not in content.rights) or (content.when and not writing.has(content.when)):
            continue
        if not slot.routes:
            _owed(writing, content)
            yield content
        elif content.route and not ("authority" in content.needs and not writing.authorities):
            yield content


def _says(writing: _Writing, content: Content) -> Iterator[str]:
    yield from content.says
    yield from (text for value, text in content.optional.items() if writing.has(value))


def _owed(writing: _Writing, content: Content) -> None:
    """R403 or R404 for a value that the law wants in the letter and that nobody gave."""
    for name in content.needs:
        if name == "authority":
            if not writing.authorities:
                raise MessageFault("R404", "The law wants the authority named, and none is known for this country.")
        elif name == "remedy_until":
            if writing.placed.remedy_until is None and not writing.has("complaint_by"):
                raise MessageFault("R403", "The law wants the last day to complain in the letter.", "Give `complaint_by`.")
        elif not writing.has(name):
            raise MessageFault("R403", f"The law wants `{name}` in this letter.", f"Give `{name}`.")


def _where(writing: _Writing, authority: Authority) -> tuple[str, ...]:
    if not authority.confirmed:
        writing.placed.unconfirmed.append(f"address of {authority.name}")
    where = tuple(filter(None, map(line, (*authority.address, authority.web))))
    return (line(authority.name), *where) if where and len(writing.authorities) > 1 else where


def _greeting(writing: _Writing, to: Sequence[str]) -> str:
    if writing.template.to == "recipient":
        return said(writing.language, "order.greeting")
    name = greeted(to[0]) if to else ""
    return filled(said(writing.language, "greeting"), {"name": name}) if name else said(writing.language, "greeting.nobody")


def _reference(writing: _Writing) -> str:
    dated = writing.template.reference == "reference" and isinstance(writing.given.get("received"), date | datetime)
    return writing.say("reference.of" if dated else writing.template.reference)


def _footer(writing: _Writing) -> Iterator[str]:
    if writing.given.get("ledger_entry"):
        yield writing.say("ledger.check" if writing.firm.ledger_link else "ledger")
    yield said(writing.language, "no-beacon")


def _listed(given: object) -> list[object]:
    return [given] if isinstance(given, str) or not isinstance(given, Sequence) else list(given)


def _things(given: object) -> list[object]:
    if isinstance(given, str) or not isinstance(given, Sequence | frozenset | tuple):
        raise MessageFault("R402", "A list or rows are wanted where a single value was given.")
    return list(given)
