"""An event and a state become the next state: which event may happen when is a table.

An event that the table does not name may happen in any open state and moves nothing (a note, a letter sent, a recipient told).
What the table names happens only where it stands: nothing is answered that waits for proof. Not taken: states without events;
how a case came to stand where it stands is what an auditor asks.
"""

from __future__ import annotations

from upheld.duties.requests.model import ENDED, OPEN, RequestFault, State

_BEFORE: tuple[State, ...] = ("incomplete", "identity", "ready", "approval")
_ANY: tuple[State, ...] = OPEN

# Event → (states in which it may happen, the state that follows; None: the same).
MOVES: dict[str, tuple[tuple[State, ...], State | None]] = {
    "content-asked": (_BEFORE, "incomplete"),
    "content-received": (("incomplete",), "ready"),
    "content-complete": (("incomplete",), "identity"),
    "identity-asked": (_BEFORE, "identity"),
    "identity-received": (("identity", "incomplete"), "ready"),
    "planned": (("ready", "approval"), "approval"),
    "sent-back": (("approval",), "ready"),
    "approved": (("approval", "ready"), "working"),
    "stopped": (("working",), "approval"),
    "executed": (("ready", "working"), "recipients"),
    "recipients-answered": (("recipients",), "answering"),
    "decided": (("ready", "approval", "working"), "answering"),
    "answered": (("answering",), "answered"),
    "refused": (_ANY, "refused"),
    "withdrawn": (_ANY, "withdrawn"),
    "opened-again": (("answered", "refused"), "ready"),
}
# Events that may also come when the case has ended: the answer is fetched, a proof or the key destroyed, a letter bounces.
AFTER = frozenset(
    {
        "fetched",
        "proofs-destroyed",
        "purged",
        "bounced",
        "letter-sent",
        "note",
        "complained",
        "paper-seen",
        "told",
        "recipient-answered",
    }
)


def next_state(state: State, event: str) -> State:
    """The state after the event. RequestFault R102 where it may not happen now."""
    if event not in MOVES:
        if state in ENDED and event not in AFTER:
            raise _not_now(state, event)
        return state
    states, then = MOVES[event]
    if state not in states:
        raise _not_now(state, event)
    return then or state


def may_happen(state: State, event: str) -> bool:
    """Whether the event may happen in this state."""
    try:
        next_state(state, event)
    except RequestFault:
        return False
    return True


def _not_now(state: State, event: str) -> RequestFault:
    return RequestFault(
        "R102", f"`{event}` may not happen while the case is `{state}`.", "Look at the case again: it moved on."
    )
