"""What kept an approved ask from its end becomes what its case does next: plan anew, wait for the world, or try again.

A plan that may not run as it was shown is never forced: whoever approved it looks at the new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from upheld.faces.app.desk.going_on import ANEW, AWAY
from upheld.faces.app.desk.model import Done


def unended(troubles: Sequence[tuple[str, str, str]], what: str, again: datetime) -> Done:
    """`troubles`: (code, reason, remedy) of the run; `what`: words for the timeline where none of them says more."""
    for code, reason, _ in troubles:
        if code in ANEW:
            return Done(stopped=f"{code} {reason}")
    return Done(waits=AWAY if any(code == "X101" for code, _, _ in troubles) else what, again=again)
