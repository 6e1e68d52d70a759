"""An order as the deployment's own statements in a recipient's database, in one transaction, read back before it counts as done.

`with.statements.ACT` is a list of statements with parameters: `:email`, `:phone`, `:key` (one run for each identifier of that form), `:order`,
and `:new_LEAF` for corrections (`:new_email_address`). `with.left.ACT` counts what should be gone or is still wrong; anything but 0 is a part
(R330), and the transaction is undone. `with.find` selects for an access. No value is ever written into a statement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from upheld.duties.recipients.codes import RecipientFault
from upheld.duties.recipients.connectors.means import Means, Runner, cannot, written
from upheld.duties.recipients.kinds import EVERY
from upheld.duties.recipients.model import Entry, Found, Identifier, Order, Outcome
from upheld.engine.estate.model import StoreMap
from upheld.engine.stores import StoreFault, open_store
from upheld.engine.stores.sql.statements import Param, Statement

STYLES = {"postgresql": "%({})s", "sqlite": ":{}", "mariadb": "⟦{}⟧"}
NAMES = {"email/1": "email", "phone/1": "phone", "exact/1": "exact"}
_PARAMETER = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|::|:([a-z_][a-z0-9_]*)|%")


class Sql:
    """`with.engine`: postgresql, sqlite or mariadb. Statements that find nobody are done, too: nothing is left."""

    name = "sql"
    capabilities = EVERY

    def __init__(self, entry: Entry, means: Means) -> None:
        self._entry, self._means = entry, means
        self._run: Runner = means.run or run

    def send(self, order: Order) -> Outcome:
        if order.act == "access":
            found = self.find(order.by(self._entry.found_by))
            return Outcome("done", counts={"records": len(found.records)}, answer=written(list(found.records)))
        effects = self._statements("statements", order.act)
        if not effects:
            raise cannot(self._entry, order.act)
        given = {"order": str(order.key)} | {
            f"new_{leaf.replace('-', '_')}": value for leaf, value in order.corrections.items()
        }
        who = order.by(self._entry.found_by)
        sent = [one for text in effects for one in _each(self._entry, text, who, given)]
        if not sent:
            raise cannot(self._entry, order.act)
        left = [one for text in self._statements("left", order.act) for one in _each(self._entry, text, who, given)]
        answers = self._ran([*sent, *left])
        touched = sum(one for one in answers[: len(sent)] if isinstance(one, int))
        return Outcome("done", counts={"records": touched})

    def poll(self, order: Order) -> Outcome:
        return self.send(order)

    def find(self, subject: Sequence[Identifier]) -> Found:
        texts = self._statements("find", "")
        if not texts:
            raise cannot(self._entry, "access")
        sent = [one for text in texts for one in _each(self._entry, text, subject, {})]
        rows = [row for answer in self._ran(sent) if isinstance(answer, list) for row in answer]
        return Found(tuple({str(n): None if value is None else str(value) for n, value in enumerate(row)} for row in rows))

    def _ran(self, sent: list[tuple[str, Mapping[str, object]]]) -> list[list[tuple[object, ...]] | int]:
        url = self._means.secret(self._entry.address.removeprefix("env:"))
        if not url:
            raise RecipientFault("R331", self._entry.name, "Its database's address is not set.", "Set it for every worker.")
        return self._run(self._entry.name, str(self._entry.settings.get("engine", "postgresql")), url, sent)

    def _statements(self, word: str, act: str) -> list[str]:
        said = self._entry.settings.get(word, {})
        listed = said.get(act, []) if isinstance(said, Mapping) else said
        return [str(one) for one in listed] if isinstance(listed, list) else [str(listed)]


def run(
    place: str, engine: str, url: str, statements: Sequence[tuple[str, Mapping[str, object]]]
) -> list[list[tuple[object, ...]] | int]:
    """The Runner over the stores' own sessions. Counts of `SELECT count(*)` other than 0 undo everything: R330."""
    if engine not in STYLES:
        raise RecipientFault("R331", place, "Its engine is not known.", "Use postgresql, sqlite or mariadb.")
    store = open_store(StoreMap(place, engine, "env:RECIPIENT", "ZZ", "primary", {}), url)  # type: ignore[arg-type]
    try:
        store.begin()
        answers: list[list[tuple[object, ...]] | int] = []
        for text, values in statements:
            names = {name: f"p{n}" for n, name in enumerate(sorted(values))}  # as every engine's session can write them
            said = {names[name]: Param("identifiers", form=name) for name in values}
            statement = Statement(_written(text, engine, names), said)
            if not text.lstrip().upper().startswith("SELECT"):
                answers.append(store.run(statement, _values(values)))
                continue
            rows = [tuple(row) for row in store.rows(statement, _values(values))]
            if text.lstrip().upper().startswith("SELECT COUNT(") and rows and rows[0][0] != 0:
                raise RecipientFault(
                    "R330", place, "Something is left of it.", "Look at the statements; everything was undone."
                )
            answers.append(rows)
        store.commit()
        return answers
    except StoreFault as fault:
        code = "R321" if fault.retry or fault.lost or fault.code in ("X101", "X103") else "R322"
        raise RecipientFault(code, place, f"Its database says {fault.code}.", "See the page of that code.") from None
    finally:
        store.close()


def _values(given: Mapping[str, object]) -> Callable[[Param], object]:
    return lambda param: given[param.form]


def _each(
    entry: Entry, text: str, who: Sequence[Identifier], given: Mapping[str, object]
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The statement with its values, once for each identifier that it names."""
    wanted = {match.group(1) for match in _PARAMETER.finditer(text) if match.group(1)}
    named = [(("key" if form.startswith("key:") else NAMES.get(form, form)), value) for form, value in who]
    forms = wanted & {*NAMES.values(), "key"}
    if len(forms) > 1 or wanted - forms - given.keys():
        if wanted - forms - given.keys() and all(name.startswith("new_") for name in wanted - forms - given.keys()):
            return  # a correction of something that this order does not correct
        raise RecipientFault("R331", entry.name, "A statement names a parameter that there is not.", "See docs/recipients.md.")
    rest = {name: given[name] for name in wanted - forms}
    if not forms:
        yield text, rest
        return
    (form,) = forms
    yield from ((text, rest | {form: value}) for name, value in named if name == form)


def _written(text: str, engine: str, names: Mapping[str, str]) -> str:
    """The statement in its driver's own style of parameters, each under its short name; quoted texts and casts are left as they are."""

    def one(match: re.Match[str]) -> str:
        if match.group(1):
            return STYLES[engine].format(names[match.group(1)])
        return match.group().replace("%", "%%") if engine == "postgresql" else match.group()

    return _PARAMETER.sub(one, text)
