"""What a command refuses, and what breaks under it: code, fixed first line, reason, remedy, and the exit code that a script reads.

A code's first line is the same for ever and holds nobody's words, so that people learn it by sight. The lines of the rooms below are
collected here, so that every face says a fault in the same way. Must never show a driver's message: it may quote a row.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from upheld.duties.requests.model import LINES as REQUESTS
from upheld.engine.execution.errors import LINES as EXECUTION
from upheld.engine.plan.errors import LINES as PLAN
from upheld.engine.stores.faults import LINES as STORES
from upheld.records.keys.errors import SUMMARIES as KEYS
from upheld.records.own.errors import SUMMARIES as OWN
from upheld.records.people.rights.faults import LINES as RIGHTS

OURS: Mapping[str, str] = {
    "N001": "there is no notice here",
    "N002": "file is too large for a text that people read",
    "N003": "file is not UTF-8",
    "N004": "file cannot be read",
    "N005": "file is there already",
    "N321": "register of surfaces and links cannot be used",
    "N331": "records of bases cannot be used",
    "R120": "another plan stands there than the one shown",
    "R121": "one person cannot approve twice",
    "R122": "there is no more time to take",
    "R801": "no file came, or not the whole of it",
    "R130": "no paper is wanted for this",
    "R131": "file is too large",
    "R132": "file is no picture and no PDF",
    "R133": "too many papers",
    "R134": "another verifier has the case",
    "R135": "paper is destroyed",
    "R136": "that was not asked to be proven",
    "R112": "destination of portability cannot be used",
    "R124": "no fee may be asked for this",
    "R125": "a fee is an amount and what it is for",
    "R126": "no fee is owed",
    "R150": "people cannot be handed over to their own pages",
    "R123": "no ground on which this right may be refused",
    "R110": "request cannot be read",
    "R111": "setting of the desk cannot be used",
    "R512": "how a request came in is not said",
    "R513": "day on which a request came in cannot be taken",
    "R514": "words are missing",
    "R201": "the case names nothing by which anybody is found",
    "R251": "report of what was given cannot be taken",
    "V111": "cause is closed without a reason or a name",
    "V112": "no open cause of this id",
    "V311": "there is no version of this number",
    "V312": "which notice is meant is not said",
    "V331": "no clause of this id",
    "V332": "clause asks for nobody's word",
    "V333": "another role signs for this clause",
    "V334": "attestation without a name or its evidence",
    "V313": "no version of the notice was published",
    "R620": "file of agents cannot be read",
    "R621": "entry of an agent is wrong",
    "R703": "there is no failed job of this number",
    "X110": "not one of the six flows",
    "X111": "the notice does not know this name",
    "X112": "not a key of the promise language",
    "X113": "not written as a name, an equals sign and a value",
    "X114": "fact cannot be read",
    "X120": "the folder has errors",
    "X121": "the folder has no estate, or no lock",
    "X122": "estate.lock cannot be read",
    "X123": "the published version and the estate do not fit",
    "X130": "address of a store is not set",
    "X131": "address and estate name different engines",
    "X132": "address of a store cannot be used",
    "X133": "name or place of a store cannot be used",
    "X140": "the example firm is not here",
    "X141": "the example firm could not be made",
    "X150": "there is no such kind of ask",
    "X151": "the notice does not name this regime",
    "X152": "there is no plan of this fingerprint",
    "X153": "the plan has no step for this table",
    "X154": "there is no ask of this number",
    "X155": "the ask is of another kind",
    "X403": "day cannot be read",
    "X421": "nothing waits for a review there",
    "X422": "answer to a review that cannot be taken",
    "X501": "moment of the backup cannot be read",
    "X502": "moment of the backup lies ahead",
    "X503": "no such store to bring up to date",
    "X504": "plan is of another replay",
    "X505": "backup is older than any that is kept",
    "X250": "there is no hold of this number",
    "X251": "nothing is left to hold",
    "X252": "hold cannot be accepted as written",
    "X253": "hold is over, and nothing stands on it",
    "X255": "nothing of this number waits for a person",
    "X256": "decision cannot be taken here",
    "X257": "merge cannot be recorded or parted",
    "X259": "decision without a name",
    "X281": "there is no such regime",
    "X282": "the regime knows no such right, duty or clock",
    "X283": "the regime knows no such event",
    "X284": "the regime has no rules for this place",
    "X285": "day, moment or event cannot be read",
    "X601": "not a form that a notice can be exported in",
    "X602": "something else lies where the pages should go",
    "R224": "objection is not weighed whole",
    "R231": "register of decision points cannot be used",
    "R232": "decision point is not declared",
    "R241": "profile's file cannot be used",
    "R243": "labels cannot be used",
    "R242": "this is not changed by the person herself",
    "X801": "something lies where the answer should go",
    "X802": "the answer could not be written",
    "X997": "something that nobody foresaw",
    "X998": "the system refused",
    "X999": "stopped",
}
LINES: Mapping[str, str] = {**EXECUTION, **PLAN, **STORES, **KEYS, **OWN, **RIGHTS, **REQUESTS, **OURS}


class Exit(IntEnum):
    """Exit codes of every command."""

    WELL = 0
    BROKEN = 1  # something is broken, refused or has errors
    WRONG_USE = 2  # wrong use or unusable input
    WORLD = 3  # the world broke: a store is out of reach
    WAITING = 4  # not at its end: waits or was stopped


class Unusable(Exception):
    """Wrong use or unusable input: nothing was done."""

    exit = Exit.WRONG_USE

    def __init__(self, code: str, reason: str, help: str, place: str = "") -> None:
        super().__init__(f"{code}: {reason}")
        self.code, self.reason, self.help, self.place = code, reason, help, place


class OutOfReach(Unusable):
    """The world broke: a store, a disk or a port could not be reached; nothing was lost."""

    exit = Exit.WORLD


class NotNow(Unusable):
    """A law, a promise or a state forbids it; a normal result."""

    exit = Exit.BROKEN


@dataclass(frozen=True, slots=True)
class Trouble:
    """One refusal or fault as people read it: `line` is fixed by the code, `reason` says what is so here."""

    code: str
    line: str
    place: str
    reason: str
    help: str
    exit: Exit

    def as_json(self) -> dict[str, str | int]:
        """The same in JSON: what stdout holds when a command with --json refuses."""
        return {"code": self.code, "summary": self.line, "place": self.place, "detail": self.reason, "help": self.help}


def trouble_of(error: BaseException) -> Trouble:
    """What went wrong, without any value. An error that nobody foresaw becomes its kind and its place in our code."""
    code = getattr(error, "code", None)
    if isinstance(code, str) and (hasattr(error, "reason") or hasattr(error, "cause")):
        line = LINES.get(code) or str(getattr(error, "summary", ""))
        reason = str(getattr(error, "reason", "") or getattr(error, "cause", ""))
        place, help = str(getattr(error, "place", "")), str(getattr(error, "help", ""))
        return Trouble(code, line, place, _without(line, reason), help, Exit(getattr(error, "exit", Exit.WORLD)))
    if any(kind.__module__.partition(".")[0] == "psycopg" for kind in type(error).__mro__):
        help = "Start it, or make room; then run the command again. Nothing that was committed is lost."
        return Trouble("X902", LINES["X902"], "", "The line to it dropped.", help, Exit.WORLD)
    if isinstance(error, OSError) and error.errno is not None:
        help = "Nothing that was committed is lost; mend it and run the command again."
        return Trouble("X998", LINES["X998"], "", f"It said: {os.strerror(error.errno)}.", help, Exit.WORLD)
    return _unforeseen(error)


def _without(line: str, reason: str) -> str:
    """The reason without the fixed line that refusals of the rooms below begin with."""
    where, _, rest = reason.partition(f"{line}: ")
    return f"{where}{rest}" if rest else reason


def _unforeseen(error: BaseException) -> Trouble:
    # The message of an unforeseen error may quote a row; only its kind and its place in our code are shown.
    frames = traceback.extract_tb(error.__traceback__)
    place = type(error).__name__ + (f" in {os.path.basename(frames[-1].filename)}, line {frames[-1].lineno}" if frames else "")
    reason, help = "It is a defect of ours.", "Please report the place above; no data is in it."
    return Trouble("X997", LINES["X997"], place, reason, help, Exit.WORLD)
