"""What a command refuses before any room is asked: code, reason, remedy, and the exit code that a script reads."""

from __future__ import annotations

from enum import IntEnum


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
