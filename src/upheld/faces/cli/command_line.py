"""Words on the command line become calls of the App, and what comes back becomes lines and an exit code.

Exit codes everywhere: 0 well; 1 broken, refused or with errors; 2 wrong use or unusable input; 3 the world broke; 4 not at its end.
Nobody ever sees a traceback, and no message holds a value from a row.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import current_thread, main_thread
from types import FrameType
from typing import Annotated, Any, TypeVar

import typer

from upheld.faces.app import App, Exit
from upheld.faces.app.errors import LINES, Trouble, trouble_of
from upheld.faces.cli.terminal import Terminal

T = TypeVar("T")

JsonFlag = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, for scripts.")]

HELP = """A privacy notice is a program: Upheld checks it, runs it over real systems, and proves it sentence by sentence.

Begin with `upheld init`, or see everything at work with `upheld demo`."""
EXITS = "Exit codes: 0 well, 1 broken or refused, 2 wrong use, 3 a store or the disk is out of reach, 4 not at its end yet."


@dataclass(slots=True)
class Context:
    """What every command is handed: how to get the App, and where to print."""

    make_app: Callable[[], App]
    terminal: Terminal


def new_command_line() -> typer.Typer:
    """The empty command line, with completion and without typer's own tracebacks."""
    return typer.Typer(help=HELP, epilog=EXITS, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


def guarded(run: Callable[..., int]) -> Callable[..., None]:
    """A command's function returns its exit code; refusals and faults become a finding and theirs."""

    @functools.wraps(run)
    def command(*given: Any, **named: Any) -> None:
        context: Context = (named["ctx"] if "ctx" in named else given[0]).obj
        if named.get("as_json"):
            context.terminal.as_json = True
        raise typer.Exit(_outcome(context.terminal, functools.partial(run, *given, **named)))

    return command


def _outcome(terminal: Terminal, run: Callable[[], int]) -> int:
    with _heeding_stops() as stops:
        try:
            code = run()
            sys.stdout.flush()  # a full disk or a closed pipe must be heard here, not when Python ends
            return _stopped(terminal) if stops and code != Exit.WELL else code
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except KeyboardInterrupt:
            return _stopped(terminal)
        except BrokenPipeError:
            _let_go_of_stdout()
            return Exit.WELL
        except Exception as error:
            return _stopped(terminal) if stops else _troubled(terminal, error)


@contextmanager
def _heeding_stops() -> Iterator[list[int]]:
    """Every Ctrl-C is noted as well as raised: what a driver makes of the interruption may hide it, and a stop is the answer all the same."""
    stops: list[int] = []

    def heard(number: int, frame: FrameType | None) -> None:
        stops.append(number)
        signal.default_int_handler(number, frame)

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler or current_thread() is not main_thread():
        yield stops  # a shell's background, or somebody who handles it already
        return
    signal.signal(signal.SIGINT, heard)
    try:
        yield stops
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _stopped(terminal: Terminal) -> int:
    help = "What was committed stays; run the same command with --resume, where it has one."
    terminal.trouble(Trouble("X999", LINES["X999"], "", "The present statement was given up.", help, Exit.WAITING))
    return Exit.WAITING


def _troubled(terminal: Terminal, error: Exception) -> int:
    trouble = trouble_of(error)
    if not _takes_more():
        terminal.as_json = False
    terminal.trouble(trouble)
    return trouble.exit


def _takes_more() -> bool:
    """Whether stdout takes what was printed; if not it is let go of, so that the fault itself can be told on stderr."""
    try:
        sys.stdout.flush()
    except OSError:
        _let_go_of_stdout()
        return False
    return True


def _let_go_of_stdout() -> None:
    # Python would say once more, when it ends, that nobody takes what is left.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
