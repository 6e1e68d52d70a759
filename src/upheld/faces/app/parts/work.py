"""What is done in the background: every task with what does it, and the schedules. The server and `upheld worker` run it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from upheld.faces.app.installation import Installation
from upheld.records.jobs import Handler, Schedule


@dataclass(frozen=True, slots=True)
class Work:
    """`handlers`: task → what does it. Each looks first whether its work is still to be done, for it may be called twice."""

    handlers: Mapping[str, Handler] = field(default_factory=dict)
    schedules: Sequence[Schedule] = ()


def work_of(app: Installation, folder: Path) -> Work:
    """All background work of an installation that serves `folder`. Whoever has work of a kind joins it here."""
    from upheld.faces.app.desk import Desk

    return joined(Desk(app, folder).in_background())


def joined(*works: Work) -> Work:
    """All of them as one. ValueError where two bear one name, or a schedule names no task."""
    handlers: dict[str, Handler] = {}
    for work in works:
        if twice := handlers.keys() & work.handlers.keys():
            raise ValueError(f"two handlers for {min(twice)}")
        handlers |= work.handlers
    schedules = [schedule for work in works for schedule in work.schedules]
    if lost := {schedule.task for schedule in schedules} - handlers.keys():
        raise ValueError(f"no handler for {min(lost)}")
    return Work(handlers, schedules)
