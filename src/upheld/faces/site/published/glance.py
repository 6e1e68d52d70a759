"""A program to the tables that stand under a published notice: rights law by law, recipients, keeping, devices, choices, places.

Each row says one promise in the notice's own names and points at its sentence: nothing stands here that the sentences do not say. What a law says in the
promise's stead (`within: law`) is looked up and cited, unconfirmed facts marked. Not taken: hand-written summaries; they would drift.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from upheld.faces.board.words import sentence, several, words_of
from upheld.language.law import Fact, Law, LawTerms, Regime, Span, law_terms
from upheld.language.law.lookup import whom
from upheld.language.law.model import Authority
from upheld.language.promises.explain import moment_words, period_words, said_of
from upheld.language.promises.model import (
    After,
    Age,
    AllOf,
    AnyOf,
    Kind,
    Known,
    Moment,
    Name,
    Period,
    Pick,
    Program,
    Promise,
    Some,
    Test,
)
from upheld.language.promises.naming import Groups, groups_of, shortened
from upheld.language.terms.names import country_names

RIGHTS = {
    "access": "See your data, and have a copy",
    "account-closing": "Close your account",
    "answer-to-question": "Have a question answered",
    "appeal": "Appeal against an answer",
    "automated-decision": "Have a person look at what a machine decided",
    "complaint": "Complain to the authority",
    "complaint-to-controller": "Complain to us",
    "confirm": "Know whether we hold your data",
    "document-copy": "Have a copy of a document",
    "erasure": "Have your data erased",
    "information": "Be told what happens with your data",
    "objection": "Object",
    "objection-direct-marketing": "Object to advertising",
    "portability": "Take your data elsewhere",
    "posting-removal": "Have a posting removed",
    "rectification": "Have your data corrected",
    "restriction": "Have your data left alone meanwhile",
    "third-party-list": "Know who received your data",
    "withdraw-consent": "Take back a consent",
    "opt-out-sale": "Stop the sale of your data",
    "limit-sensitive": "Limit the use of sensitive data",
}
EVENTS = {
    "account-closed": "your account is closed",
    "last-activity": "your last activity",
    "received": "you ask",
    "placed": "it was placed",
    "collected": "it was collected",
    "created": "it was created",
    "opted-out": "you say no",
    "consent-withdrawn": "you take back your consent",
    "hold-ends": "the hold ends",
    "case-closed": "the case is closed",
    "purpose-ended": "the purpose has ended",
}
IN_A_LINE = 4  # authorities of one regime; more are a table
ANYBODY = {"any": "anyone", "personal-data": "all data about you"}


@dataclass(frozen=True, slots=True)
class Cell:
    """Words, with the law's citation under them where the law says it. `unconfirmed`: nobody has seen the fact in a text.

    `parts`: what the words list, where rows of one right are said in one.
    """

    text: str
    cite: str = ""
    unconfirmed: bool = False
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """`clauses`: ids of the sentences that say it, as anchors of the page."""

    cells: tuple[Cell, ...]
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the page. `lead` stands above it; `after` are lines below it."""

    anchor: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    lead: str = ""
    after: tuple[Cell, ...] = ()
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A name that stands for others, and what it holds."""

    name: str
    holds: str


@dataclass(slots=True)
class Glance:
    """All tables of a program; `words` are the groups that they name."""

    rights: tuple[Table, ...] = ()
    tables: tuple[Table, ...] = ()
    words: tuple[Group, ...] = ()


def glance(program: Program, law: Law) -> Glance:
    """The tables; one without rows is left out. Costs a walk over the promises."""
    found = _Reading(program, law)
    of_law = [(table, _authorities(name, law)) for name in _regimes(program) if (table := found.rights(name)).rows]
    rights = tuple(one for both in of_law for one in both if one is not None)
    every = (
        found.surfaces(), found.parties(), found.purposes(), found.recipients(), found.keeping(), found.devices(), found.choices(),
        found.places(),
    )  # fmt: skip
    return Glance(tuple(map(_trimmed, rights)), tuple(_trimmed(table) for table in every if table.rows), found.words())


def _trimmed(table: Table) -> Table:
    """Without the columns in which no row says anything."""
    said = [n for n in range(len(table.heads)) if any(row.cells[n].text for row in table.rows)]
    rows = tuple(Row(tuple(row.cells[n] for n in said), row.clauses) for row in table.rows)
    return replace(table, heads=tuple(table.heads[n] for n in said), rows=rows)


def _regimes(program: Program) -> list[Name]:
    return list(dict.fromkeys(name for notice in program.notices for name in notice.regimes))


class _Reading:
    """The program with its groups, and the group names that were used."""

    def __init__(self, program: Program, law: Law) -> None:
        self.program, self.law = program, law
        self.groups: Groups = groups_of(program.names)
        self.used: set[Name] = set()

    # ---- rights --------------------------------------------------------------------------------------------------------

    def rights(self, regime: Name) -> Table:
        """What people under this law may ask for, how, and until when they are answered."""
        known = self.law.regimes.get(regime.id)
        rows: dict[tuple[str, Cell, bool], Row] = {}
        menu = {right.value for right in known.rights} if known is not None else set()
        for promise in self._of("grant"):
            if not self._concerns(promise, regime):
                continue
            every = len(promise.object) > len(menu) > 0
            asked = [name for name in sorted(promise.object) if not every or name.id in menu]
            for right in asked:
                cells = (
                    Cell(RIGHTS.get(right.id, sentence(words_of(right.id)).rstrip("."))),
                    *self._terms(promise, right, regime),
                )
                # What is asked for in the same time is one way, however many sentences say it; what asks for no proof is another.
                key = (right.id, cells[2], cells[3].parts == ())
                said = Row(cells, promise.source.clauses)
                rows[key] = _joined(rows[key], said) if key in rows else said
        name = _first_law(known) if known is not None else words_of(regime.id)
        after = _complaints(known) if known is not None else ()
        ordered = tuple(row for _, row in sorted(rows.items(), key=lambda each: each[0][0]))
        heads = ("Right", "How to ask", "Answer", "What you show", "Cost", "When we may say no")
        return Table(
            f"rights-{regime.id}", f"Your rights under {name}", heads, ordered, after=after, caption=f"Rights under {name}"
        )

    def _terms(self, promise: Promise, right: Name, regime: Name) -> tuple[Cell, ...]:
        terms = law_terms(self.law, regime.id, right.id) if regime.id in self.law.regimes else None
        asked = self._said(promise, "by"), self._answer(promise, terms), self._proof(promise, terms)
        return (*asked, _fee(promise, terms), self._refusals(promise, terms))

    def _refusals(self, promise: Promise, terms: LawTerms | None) -> Cell:
        """Grounds of the notice; the law's where it says `law`, or nothing."""
        said = [name for name in (*_under(promise, "unless"), *_grounds(promise)) if name.id != "law"]
        own = Cell(several([words_of(name.id) for name in said]), parts=tuple(words_of(name.id) for name in said))
        if terms is None or not terms.unless or (said and not _law_says(promise, "unless")):
            return own
        grounds = tuple(dict.fromkeys(words_of(fact.value) for fact in terms.unless))
        cite = "; ".join(dict.fromkeys(fact.cite for fact in terms.unless))
        parts = tuple(dict.fromkeys((*own.parts, *grounds)))
        return Cell(several(parts), cite, not all(fact.confirmed for fact in terms.unless), parts)

    def _answer(self, promise: Promise, terms: LawTerms | None) -> Cell:
        if _law_says(promise, "within") and terms is not None and terms.clock is not None:
            length = terms.clock.length
            if length.value is not None:
                return _of_law(f"within {_span(length.value)} of asking", length)
            return _of_law(terms.clock.word.replace("_", " ") or "as the law says", length)
        return Cell(_asked(promise.due) if promise.due is not None else "")

    def _proof(self, promise: Promise, terms: LawTerms | None) -> Cell:
        names = promise.terms.get("proof", ())
        if any(name.id == "law" for name in names) and terms is not None and terms.proof is not None:
            asked = tuple(words_of(each) for each in terms.proof.value)
            return replace(_of_law(several(asked) or "nothing", terms.proof), parts=asked)
        said = tuple(words_of(name.id) for name in names if name.kind is not Kind.VALUE)
        return Cell(several(said) or "nothing", parts=said)

    # ---- data ----------------------------------------------------------------------------------------------------------

    def recipients(self) -> Table:
        """Who receives data, and why."""
        rows = [
            Row(
                (self._said(p, "to"), self._data(p), self._said(p, "for"), self._said(p, "ground"), Cell(_when(p))),
                p.source.clauses,
            )
            for p in self._of("disclose")
            if p.modality != "never"
        ]
        heads = ("Who receives", "What", "What for", "On what ground", "When")
        return Table("recipients", "Who receives data", heads, tuple(rows), caption="Recipients of data")

    def purposes(self) -> Table:
        """What data is used for: the closed list, with what allows it."""
        rows = [
            Row((self._said(p, "for"), self._data(p), self._said(p, "basis"), self._said(p, "needs")), p.source.clauses)
            for p in self._of("use")
            if p.modality != "never"
        ]
        heads = ("What for", "What", "What allows it", "What must be on record")
        return Table("purposes", "What data is used for", heads, tuple(rows), caption="Purposes of use")

    def parties(self) -> Table:
        """Who has a part in it, and which; a group with whoever is in it."""
        roles = {
            "controller": "decides what for",
            "joint": "decides with us",
            "processor": "works for us",
            "recipient": "receives data",
        }
        rows = []
        for name, one in sorted(self.program.names.items()):
            role = next((each.id for each in one.keys.get("role", ())), "")
            if name.kind is Kind.PARTY and role:
                held = several([words_of(each.id) for each in one.keys.get("holds", ())])
                whole = {"closed": "all are named", "open": "others of the kind may join"}
                said = whole.get(next((each.id for each in one.keys.get("list", ())), ""), "")
                rows.append(Row((Cell(words_of(name.id)), Cell(roles.get(role, role)), Cell(held), Cell(said)), ()))
        return Table(
            "parties", "Who has a part in it", ("Who", "Part", "Who that is", "The list"), tuple(rows), caption="Parties"
        )

    def surfaces(self) -> Table:
        """Where the notice holds, and what lies outside it."""
        rows = []
        for name, one in sorted(self.program.names.items()):
            covered = next((each.id for each in one.keys.get("covered", ())), "")
            held = several([words_of(each.id) for each in one.keys.get("holds", ())])
            if name.kind is Kind.SURFACE and covered and (held or covered == "no"):
                whose = several([words_of(each.id) for each in one.keys.get("owner", ())])
                said = "covered" if covered == "yes" else f"outside{', run by ' + whose if whose else ''}"
                rows.append(Row((Cell(words_of(name.id)), Cell(held), Cell(said)), ()))
        return Table("surfaces", "Where this notice holds", ("Where", "What that is", "Covered"), tuple(rows), caption="Scope")

    def keeping(self) -> Table:
        """How long, then what."""
        rows = [
            Row((self._data(p), Cell(_length(p)), Cell(_then(p)), self._said(p, "ground")), p.source.clauses)
            for p in self._of("retain")
            if p.modality != "never"
        ]
        return Table(
            "keeping",
            "How long data is kept",
            ("What", "How long", "Then", "On what ground"),
            tuple(rows),
            caption="Periods of retention",
        )

    def devices(self) -> Table:
        """What is put on a visitor's device."""
        rows = [
            Row(
                (
                    Cell(several([words_of(name.id) for name in shortened(p.object, self.groups)])),
                    self._said(p, "as"),
                    self._said(p, "party"),
                    self._said(p, "for"),
                    Cell(_moment(p.end) if p.end is not None else ""),
                    self._choice(p),
                ),
                p.source.clauses,
            )
            for p in self._of("place")
            if p.modality == "may"
        ]
        heads = ("Name", "Kind", "Whose", "What for", "Until", "Your choice")
        return Table("devices", "What is stored on your device", heads, tuple(rows), caption="Cookies, beacons and the like")

    def choices(self) -> Table:
        """What a person can choose, how, and what holds before they do."""
        rows = [
            Row(
                (
                    Cell(several([words_of(name.id) for name in sorted(p.object)])),
                    self._said(p, "as"),
                    self._said(p, "by"),
                    Cell({"yes": "yes, until you say no", "no": "no, until you say yes"}.get(_value(p, "start"), "")),
                    Cell(_lasting(p)),
                ),
                p.source.clauses,
            )
            for p in self._of("offer")
        ]
        return Table(
            "choices",
            "What you can choose",
            ("Choice", "Kind", "How", "Before you choose", "Lasts"),
            tuple(rows),
            caption="Choices",
        )

    def places(self) -> Table:
        """Where data may be, by what happens there."""
        rows = []
        for p in self._of("locate"):
            where = p.door if p.modality == "never" and p.door is not None else p.scope
            inside = next((test for test in where if isinstance(test, AnyOf) and test.key == "in"), None)
            if inside is None:
                continue
            only = "only in " if p.modality == "never" else ""
            rows.append(
                Row(
                    (self._said(p, "act"), Cell(only + self._names(inside.names)), self._data(p), Cell(self._whose(p))),
                    p.source.clauses,
                )
            )
        return Table(
            "places", "Where data may be", ("What happens", "Where", "What", "Whose"), tuple(rows), caption="Places of data"
        )

    # ---- parts of a row ------------------------------------------------------------------------------------------------

    def _of(self, verb: str) -> Iterator[Promise]:
        return (promise for promise in self.program.promises if promise.verb == verb and not promise.law)

    def _data(self, promise: Promise) -> Cell:
        whose = self._whose(promise)
        return Cell(self._names(promise.object) + (f" ({whose})" if whose else ""))

    def _whose(self, promise: Promise) -> str:
        """Whose data: groups, ages and laws that the promise narrows itself to."""
        said = [
            said_of(test)
            for test in promise.scope
            if isinstance(test, Age) or (isinstance(test, Known | Some) and _is_of_whom(test))
        ]
        return ", ".join(words_of(each) for each in said)

    def _said(self, promise: Promise, key: str) -> Cell:
        names = _under(promise, key)
        return Cell(self._names(names), parts=tuple(words_of(name.id) for name in names)) if names else Cell("")

    def _choice(self, promise: Promise) -> Cell:
        chosen = [test.fact.id for test in promise.scope if isinstance(test, Known) and test.key == "choice"]
        if chosen:
            return Cell(f"only with your yes to {several([words_of(each) for each in chosen])}")
        value = _value(promise, "choice")
        return Cell({"strictly-necessary": "needed", "none": "not asked"}.get(value, words_of(value)))

    def _names(self, names: Iterable[Name]) -> str:
        short = shortened(names, self.groups)
        self.used |= {
            name for name in short if self.program.names.get(name) is not None and len(self.program.names[name].leaves) > 1
        }
        return several([_place_or_word(name) for name in short])

    def _concerns(self, promise: Promise, regime: Name) -> bool:
        """Whether people under this law have the promise: nothing in its scope says that it is another law's."""
        return all(self._may_hold(test, regime) for test in promise.scope)

    def _may_hold(self, test: Test, regime: Name) -> bool:
        if isinstance(test, Some):
            return any(self._may_hold(each, regime) for each in test.tests)
        if not isinstance(test, Known) or not test.wanted:
            return True
        if test.key == "regime":
            return test.fact == regime
        if test.key == "of":
            definition = self.program.names.get(test.fact)
            laws = definition.keys.get("regime", ()) if definition is not None else ()
            return not laws or regime in laws
        return True

    def words(self) -> tuple[Group, ...]:
        """Every group that a table names, with what it holds."""
        found = []
        for name in sorted(self.used):
            leaves = self.program.names[name].leaves
            if name.kind in (Kind.DATA, Kind.PURPOSE, Kind.PARTY, Kind.SURFACE, Kind.PLACE) and name.id not in (
                "personal-data",
                "any",
                "anyone",
            ):
                found.append(Group(words_of(name.id), several([_place_or_word(leaf) for leaf in sorted(leaves)])))
        return tuple(found)


def _joined(one: Row, other: Row) -> Row:
    """Two rows of one right as one: channels, proofs and costs of both, and every sentence."""
    cells = tuple(_both(a, b) for a, b in zip(one.cells, other.cells, strict=True))
    return Row(cells, tuple(dict.fromkeys((*one.clauses, *other.clauses))))


def _both(a: Cell, b: Cell) -> Cell:
    if a.text == b.text or not b.text:
        return a
    if not a.text:
        return b
    parts = tuple(dict.fromkeys((*a.parts, *b.parts)))
    cites = dict.fromkeys(cite for cite in (a.cite, b.cite) if cite)
    return Cell(several(parts) if parts else f"{a.text} or {b.text}", "; ".join(cites), a.unconfirmed or b.unconfirmed, parts)


def _place_or_word(name: Name) -> str:
    if name.kind is Kind.PLACE and name.id in country_names():
        return country_names()[name.id]
    return ANYBODY.get(name.id, words_of(name.id))


def _is_of_whom(test: Known | Some) -> bool:
    keys = {test.key} if isinstance(test, Known) else {each.key for each in test.tests}
    return keys <= {"of", "regime"}


def _under(promise: Promise, key: str) -> Sequence[Name] | frozenset[Name]:
    for test in promise.scope:
        if isinstance(test, AnyOf | AllOf) and test.key == key:
            return test.names
    return promise.terms.get(key, ())


def _grounds(promise: Promise) -> Iterator[Name]:
    for test in promise.scope:
        if isinstance(test, Known) and test.key == "unless":
            yield test.fact


def _value(promise: Promise, key: str) -> str:
    return next((name.id for name in promise.terms.get(key, ())), "")


def _law_says(promise: Promise, key: str) -> bool:
    return any(name.id == "law" for name in promise.terms.get(key, ()))


def _authorities(regime: Name, law: Law) -> Table | None:
    """Whom to complain to, country by country, where the law has more of them than a line holds."""
    known = law.regimes.get(regime.id)
    if known is None or len(known.authorities) <= IN_A_LINE:
        return None
    rows = tuple(
        Row((Cell(_place(one)), Cell(f"{one.called}{_reach(one)}", one.fact.cite, not one.confirmed)), ())
        for one in known.authorities
    )
    said = sorted(rows, key=lambda row: row.cells[0].text)
    title = f"Authorities under {_first_law(known)}"
    lead = "Complain where you live, where you work, or where it happened."
    return Table(
        f"authorities-{regime.id}",
        title,
        ("Where", "Authority"),
        tuple(said),
        lead if known.authorities[0].by else "",
        caption=title,
    )


def _complaints(known: Regime) -> tuple[Cell, ...]:
    """One line for each authority; where they are many, the law's own words, for a table has them."""
    if not known.authorities or len(known.authorities) > IN_A_LINE:
        return (_of_law("You may also complain to: " + whom(known).value, whom(known)),)
    lines = []
    for one in known.authorities:
        lines.append(Cell(f"You may also complain to: {one.called}{_reach(one)}", one.fact.cite, not one.confirmed))
    return tuple(lines)


def _reach(one: Authority) -> str:
    return "".join(f", {way}" for way in one.ways)


def _place(one: Authority) -> str:
    country, _, part = one.place.partition("-")
    name = country_names().get(country, country)
    return f"{name} ({part})" if part else name


def _first_law(known: Regime) -> str:
    """The first law of the list that a regime is; its sisters are cited beside each fact."""
    return known.name.split(" + ")[0].split(" as ")[0]


def _of_law(text: str, fact: Fact[object]) -> Cell:
    return Cell(text, fact.cite, not fact.confirmed)


def _span(span: Span) -> str:
    return period_words(Period(span.amount, span.unit))


def _moment(moment: Moment) -> str:
    """A moment as the person sees it: `7 years after invoiced`, `your account is closed or 24 months after your last activity`."""
    match moment:
        case Name():
            return EVENTS.get(moment.id, words_of(moment.id))
        case After(low, high, of, named):
            length = period_words(high) if low == high else f"{low.amount} to {period_words(high)}"
            length = words_of(named) if named and not high.amount else length
            return _moment(of) if not high.amount and not named else f"{length} after {_moment(of)}"
        case Pick(latest, of):
            return f"{several([_moment(each) for each in of], 'or')}, whichever comes {'last' if latest else 'first'}"
        case _:
            return words_of(moment_words(moment))


def _asked(moment: Moment) -> str:
    """A clock that starts when a request comes in."""
    if isinstance(moment, After) and isinstance(moment.of, Name) and moment.of.id == "received":
        return "at once" if moment.high.amount == 0 else f"within {period_words(moment.high)} of asking"
    if isinstance(moment, Pick) and not moment.latest:
        return f"{several([_asked(each) for each in moment.of], 'or')}, whichever comes first"
    return _moment(moment)


def _fee(promise: Promise, terms: LawTerms | None) -> Cell:
    said = _value(promise, "fee")
    if said == "law" and terms is not None:
        return _of_law(terms.fee.value, terms.fee)
    return Cell({"none": "nothing", "cost": "what it costs us"}.get(said, ""))


def _when(promise: Promise) -> str:
    if promise.due is not None:
        return f"within {_moment(promise.due)}"
    if promise.every is not None:
        return f"every {period_words(promise.every)}"
    return f"before {words_of(promise.blocks.id)}" if promise.blocks is not None else ""


def _length(promise: Promise) -> str:
    least = "at least " if promise.modality == "will" else ""
    parts = [f"until {_moment(promise.end)}"] if promise.end is not None else []
    if promise.lasting:
        parts.append(f"while {several([words_of(name.id) for name in promise.lasting], 'or')}")
    return least + " and ".join(parts)


def _then(promise: Promise) -> str:
    then = {
        "hand-over": "handed over",
        "erase": "erased",
        "anonymise": "made anonymous",
        "aggregate": "counted together",
        "hide": "hidden",
        "review": "looked at again",
    }
    said = then.get(promise.then or "", "")
    meanwhile = f"; {words_of(promise.state)} meanwhile" if promise.state else ""
    return said + (f", {_late(promise)}" if said and promise.due is not None else "") + meanwhile


def _late(promise: Promise) -> str:
    """How long the end may take, counted from the end itself."""
    due = promise.due
    assert due is not None
    if isinstance(due, After) and (due.of == promise.end or (isinstance(due.of, Name) and due.of.id == "while-ended")):
        return f"within {period_words(due.high)}"
    return f"within {_moment(due)}"


def _lasting(promise: Promise) -> str:
    if promise.lasts is None:
        return "until you change it"
    return period_words(promise.lasts) if isinstance(promise.lasts, Period) else f"until {_moment(promise.lasts)}"
