"""What every connector must do, as a suite that a test runs against a stand-in: a real server, or a real database, that remembers.

A connector that passes may be given to a case: it tells the right person's records and no others', the same order twice has one effect, a
refused credential, a limit, a fault and nonsense each have their own end, and no fault carries a value. Not taken: a base class with tests;
whoever writes a connector may test with anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

from upheld.duties.recipients.codes import RecipientFault
from upheld.duties.recipients.model import Connector, Order, Outcome


class Standing(Protocol):
    """The recipient's side, as a test stands it up. `trouble`: what the next calls meet, until another is set; empty: all is well.

    Words: `credentials` (refuses them), `limit` (slow down for 120 seconds), `limit-unsaid` (for how long
    is not said), `down` (server fault), `hangs` (no answer in time),
    `redirect`, `nonsense` (no shape that is documented). A stand-in names in `knows` those that it can do.
    """

    trouble: str
    knows: frozenset[str]

    def effects(self) -> int:
        """How many effects were had so far: records changed, or orders that were taken for new."""
        ...

    def others(self) -> int:
        """How many records of other people are as they were."""
        ...


ENDS = {
    "credentials": "R323",
    "limit": "R324",
    "limit-unsaid": "R324",
    "down": "R321",
    "hangs": "R321",
    "redirect": "R325",
    "nonsense": "R322",
}
TAKEN = ("told", "acknowledged", "done")


def conform(make: Callable[[], Connector], standing: Standing, order: Order, never: Sequence[str]) -> list[str]:
    """Everything in which the connector falls short, as sentences; none: it conforms. `never`: values that no fault may bear.

    `order` is one that the connector can carry out, about somebody of whom the stand-in holds something.
    """
    return [
        *_named(make()),
        *(said for word in sorted(standing.knows) for said in _in_trouble(make, standing, order, word, never)),
        *_told_once(make, standing, order),
    ]


def _named(connector: Connector) -> list[str]:
    found = []
    if not connector.name:
        found.append("It has no name.")
    if not connector.capabilities:
        found.append("It can do nothing.")
    return found


def _in_trouble(make: Callable[[], Connector], standing: Standing, order: Order, word: str, never: Sequence[str]) -> list[str]:
    before = standing.effects()
    standing.trouble = word
    try:
        outcome = make().send(order)
    except RecipientFault as fault:
        said = [] if fault.code == ENDS[word] else [f"In `{word}` it says {fault.code} and not {ENDS[word]}."]
        if word == "limit" and fault.after != timedelta(seconds=120):
            said.append("It does not say how long the recipient asks it to wait.")
        said += [f"Its fault in `{word}` bears a value." for value in never if value in str(fault)]
    except Exception as error:
        said = [f"In `{word}` it raises {type(error).__name__}."]
    else:
        said = [f"In `{word}` it says {outcome.state}."]
    finally:
        standing.trouble = ""
    return said if standing.effects() == before else [*said, f"In `{word}` it had an effect."]


def _told_once(make: Callable[[], Connector], standing: Standing, order: Order) -> list[str]:
    others = standing.others()
    first = make().send(order)
    after = standing.effects()
    again = make().send(order)
    found = [f"It ends as {one.state}." for one in (first, again) if one.state not in TAKEN]
    if after == 0:
        found.append("It told nobody.")
    if standing.effects() != after:
        found.append("The same order twice had two effects.")
    if standing.others() != others:
        found.append("It touched somebody else.")
    polled = _polled(make(), order, first)
    return [*found, *polled]


def _polled(connector: Connector, order: Order, first: Outcome) -> list[str]:
    state = connector.poll(order).state
    return [] if state in (*TAKEN, "refused", "failed", "person") else [f"Asked what became of it, it says {state}."]
