"""What a sentence says an answer holds is looked for in the answer that the invented person got: the file behind its link, and its letter.

Each item is one look into what was made, never into how: a copy is held against the cells that were made for her, its table of purposes, sources and
recipients against what the tables with her cells must say. What no look is written for is not claimed.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from upheld.duties.messages.letters.plain import written
from upheld.engine.estate.model import Category, leaves_of
from upheld.faces.app.desk.going_on import OUTCOME
from upheld.faces.board.probes.canary import CANARY, is_returned
from upheld.faces.board.probes.desk.doing import (
    BY_HAND,
    DECIDED,
    EACH,
    EACH_RIGHT,
    GROUNDS,
    HANDED_ON,
    NAMED,
    REPLY,
    STATEMENT,
    STOPPED,
    Went,
)
from upheld.faces.board.probes.desk.opening import Granted
from upheld.faces.board.probes.desk.tally import Tally
from upheld.faces.board.probes.desk.world import DeskWorld
from upheld.faces.board.words import words_of as words


class Untried(Exception):
    """Why a look found nothing to look at; neither for nor against the answer."""


Look = Callable[[DeskWorld, Went], bool]
SAID = (("contents", "answer"), ("as", "answer-form"), ("needs", "record"))  # key of a promise → family of its controls
READ = ("access", "information", "confirm")


def try_answers(desk: DeskWorld, each: Sequence[Granted], went: Mapping[tuple[str, str], Went], tally: Tally) -> None:
    """Every item that a sentence names, in each answer to a right of the sentence."""
    several = SEVERAL if desk.ambiguous else ""
    for one in each:
        for key, family in SAID:
            for item in sorted(one.said(key)):
                for right in one.rights:
                    look, way = _look(one, right, item), went.get((right, one.regime))
                    if several and look is not None and (look in WHOLE or way is None):
                        tally.lacks(f"{family}:{item}", one.promise.id, several)
                    elif look is not None and way is not None:
                        try:
                            holds = _holds(look, desk, way)
                        except Untried as why:
                            tally.lacks(f"{family}:{item}", one.promise.id, str(why))
                        else:
                            tally.note(f"{family}:{item}", one.promise.id, holds, f"an answer lacks the {words(item)}")


def looked_for(one: Granted, item: str) -> bool:
    """Whether there is a look for this item in some answer that the sentence promises."""
    return any(_look(one, right, item) is not None for right in one.rights)


def _look(one: Granted, right: str, item: str) -> Look | None:
    """A reason and an end are looked for as those of what stays; where the sentence speaks of no such thing, they are others."""
    if (right, item) in OF_WHAT_STAYS and "what-stays" not in one.said("contents"):
        return None
    return LOOKS.get((right, item))


def _holds(look: Look, desk: DeskWorld, way: Went) -> bool:
    try:
        return not way.wrong and look(desk, way)
    except (KeyError, ValueError, StopIteration, zipfile.BadZipFile):
        return False


def _within(way: Went, name: str) -> dict[str, Any]:
    archive = zipfile.ZipFile(io.BytesIO(way.file))
    read = json.loads(archive.read(next(each for each in archive.namelist() if each.endswith(name))))
    assert isinstance(read, dict)
    return read


def _owed(desk: DeskWorld) -> set[tuple[str, str, str]]:
    """Cells that were made for her in rows that are hers alone."""
    return {
        (name, row.table, column)
        for name, rows in desk.world.rows.items()
        for row in rows
        if row.person == CANARY
        for column, value in row.values.items()
        if value is not None and is_returned(desk.world, (name, row.table, column))
    }


def _copy(desk: DeskWorld, way: Went) -> bool:
    """Each of her cells, or that somebody reads it first, or the clause that leaves it out."""
    there: set[tuple[str, str, str]] = set()
    for table in _within(way, "data.json")["tables"]:
        place = (table["store"], table["table"])
        there |= {(*place, column) for row in table["rows"] for column, value in row.items() if value is not None}
        there |= {(*place, one["column"]) for one in (*table["review"], *table["withheld"])}
    owed = _owed(desk)
    return bool(owed) and owed <= there


def _categories(desk: DeskWorld, way: Went) -> bool:
    said = {(t["store"], t["table"], c["name"], c["leaf"]) for t in _within(way, "data.json")["tables"] for c in t["columns"]}
    left = {
        (t["store"], t["table"], c["column"])
        for t in _within(way, "data.json")["tables"]
        for c in (*t["withheld"], *t["review"])
    }
    for store, table, column in _owed(desk) - left:
        role = next(c.role for c in desk.world.estate.stores[store].tables[table].columns if c.name == column)
        if isinstance(role, Category) and not {(store, table, column, leaf) for leaf in leaves_of(role)} & said:
            return False
    return True


def _each_table(*keys: str) -> Look:
    """Some table with her rows says it, and no table of hers lacks the place for it."""

    def look(desk: DeskWorld, way: Went) -> bool:
        tables = [table for table in _within(way, "data.json")["tables"] if table["rows"]]
        return (
            bool(tables)
            and all(key in table for key in keys for table in tables)
            and all(any(t[k] for t in tables) for k in keys)
        )

    return look


def _rights(desk: DeskWorld, way: Went) -> bool:
    said = _within(way, "data.json")
    return bool(said["rights"] and said["authority"])


def _report(key: str) -> Look:
    """The report by category has a place for it in each category, and something to say of one at least."""

    def look(desk: DeskWorld, way: Went) -> bool:
        lines = _within(way, "categories.json")["categories"]
        return bool(lines) and all(key in line for line in lines) and any(line[key] for line in lines)

    return look


def _searched(desk: DeskWorld, way: Went) -> bool:
    return {one["store"] for one in _within(way, "data.json")["moments"]} >= set(desk.world.estate.stores)


def _yes(desk: DeskWorld, way: Went) -> bool:
    """Of whom there are data the answer holds rows; of whom there are none the letter says so."""
    if not any(table["rows"] for table in _within(way, "data.json")["tables"]):
        return False
    case = desk.ask(way.case.rights, way.case.regime, details=desk.said(email=f"nobody.{desk.world.run}@example.test"))
    desk.desk.prove_email(desk.token(case, "prove"))
    desk.go_on(case)
    return desk.letters(case)[-1][0] == "nothing-found"


def _readable(desk: DeskWorld, way: Went) -> bool:
    read = json.loads(way.file)
    return bool(read["format"]) and all(table["columns"] and table["rows"] for table in read["tables"]) and bool(read["tables"])


def _reply(desk: DeskWorld, way: Went) -> bool:
    return REPLY in way.letter


def _told(desk: DeskWorld, way: Went) -> bool:
    return way.case.id in way.letter


def _each_store(desk: DeskWorld, way: Went) -> bool:
    """By the words that its letter has for them."""
    word = desk.desk.labels.word
    return way.case.id in way.letter and all(
        word(store, way.case.language, first=True) in way.letter for store in desk.world.estate.stores
    )


def _statement(desk: DeskWorld, way: Went) -> bool:
    return STATEMENT in way.letter


def _outcome(desk: DeskWorld, way: Went) -> bool:
    """What came of it is on record with the case, and was told."""
    said = desk.details(way.case)
    return all(said.get(OUTCOME + right) for right in way.case.rights) and REPLY in way.letter


def _noted(item: str) -> Look:
    """What was looked at while her data still stood: whoever is erased has no record of decisions, and nothing to hand on."""
    return lambda desk, way: way.noted.get(item, False)


def _if_noted(item: str, otherwise: str) -> Look:
    def look(desk: DeskWorld, way: Went) -> bool:
        if item not in way.noted:
            raise Untried(otherwise)
        return way.noted[item]

    return look


def _stays(part: Callable[[str, str, Mapping[str, object], str], str]) -> Look:
    """Each line of what stays after the erasure has this part in the letter: what, until when, why."""

    def look(desk: DeskWorld, way: Went) -> bool:
        kept = json.loads(desk.details(way.case)[OUTCOME + "erasure"])["values"].get("kept", ())
        if not kept:
            raise Untried("nothing of hers had to stay, so no letter says what stays")
        letter = " ".join(way.letter.split())
        return all(part(*one, way.case.language) in letter for one in kept)  # type: ignore[call-arg]

    return look


def _when(desk: DeskWorld, way: Went) -> bool:
    return written(desk.hour().date(), way.case.language) in " ".join(way.letter.split())


def _her_grounds(desk: DeskWorld, way: Went) -> bool:
    return desk.details(way.case).get("grounds") == GROUNDS


SEVERAL = "an address names several people, so a person decides which rows are hers beside those that she is signed in to"
WHOLE: frozenset[Look | None] = frozenset({_copy, _categories})  # what is held against every cell that was made for her

OF_WHAT_STAYS = frozenset({("erasure", "reason"), ("erasure", "end")})
LOOKS: dict[tuple[str, str], Look] = {
    **{
        (right, item): look
        for right in READ
        for item, look in {
            **dict.fromkeys(("data", "own-copy", "specific-pieces", "copy"), _copy),
            "account-file": _copy,
            "categories": _categories,
            **dict.fromkeys(("purposes", "uses"), _each_table("why")),
            "retention": _each_table("kept_for"),
            **dict.fromkeys(("sources", "source"), _each_table("sources")),
            "recipients": _each_table("may_tell"),
            "recipients-planned": _each_table("may_tell"),
            "rights": _rights,
            "categories-collected": _report("kinds"),
            "source-categories": _report("sources"),
            "collecting-purposes": _report("purposes"),
            "recipient-categories": _report("may_be_disclosed_to"),
            "search-evidence": _searched,
            "yes-or-no": _yes,
        }.items()
    },
    ("portability", "machine-readable"): _readable,
    ("portability", "direct-transmission"): _noted(HANDED_ON),
    ("portability", "recipient-receipt"): _noted(HANDED_ON),
    ("objection", "decision"): _noted(DECIDED),
    ("objection", "subject-grounds"): _her_grounds,
    ("rectification", "outcome"): _told,
    ("erasure", "outcome"): _told,
    ("erasure", "stores-erased"): _each_store,
    ("erasure", "what-stays"): _stays(lambda what, until, why, language: what),
    ("erasure", "end"): _stays(lambda what, until, why, language: written(until, language)),
    **{
        ("erasure", item): _stays(lambda what, until, why, language: written(why, language))
        for item in ("reason", "reason-kept")
    },
    ("withdraw-consent", "purposes-stopped"): _if_noted(STOPPED, "no choice of the notice allows a use that could stop"),
    ("withdraw-consent", "moment"): _when,
    ("access", EACH_RIGHT): _if_noted(EACH, "no two rights that a request may name together are answered by reading"),
    ("access", "rights-named"): _if_noted(NAMED, "no two rights that a request may name together are answered by reading"),
    ("rectification", "supplementary-statement"): _statement,
    **{(right, "answer"): _reply for right in BY_HAND},
    **{(right, "outcome"): _outcome for right in BY_HAND},
}
