"""`serve worker jobs`: what runs until it is stopped, and how the work in the background stands.

The server is imported by the commands that need it: it brings a web framework, and `upheld check` shall not wait for it.
"""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from upheld.faces.app import App, Exit, Unusable
from upheld.faces.cli.command_line import Context, JsonFlag, guarded

Folder = Annotated[Path, typer.Argument(help="The firm's folder, which holds notice.md and estate/.")]
Concurrency = Annotated[int, typer.Option(help="How many jobs at a time in this process.", min=1, max=64)]


def add_running(line: typer.Typer) -> None:
    """Hang the commands of this page into the command line."""
    for run in (serve, worker, jobs):
        line.command()(guarded(run))


def serve(
    ctx: typer.Context,
    folder: Folder = Path("."),
    host: Annotated[str, typer.Option(help="Address to listen on. A public one needs a database of its own.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 8080,
    worker: Annotated[bool, typer.Option("--worker/--no-worker", help="Do background work in this process, too.")] = True,
    concurrency: Concurrency = 4,
) -> int:
    """Serve every page, and do background work beside it, until Ctrl-C or SIGTERM."""
    from upheld.faces.server import Serving, serve_all

    context: Context = ctx.obj
    app, say = context.make_app(), context.terminal.say
    say(f"Serving {folder}. Ctrl-C ends it.")
    serving = Serving(host, port, concurrency if worker else 0)
    return ended(app, serve_all(app, folder, serving, lambda address: say(f"The board is at {address}")))


def worker(
    ctx: typer.Context,
    folder: Folder = Path("."),
    concurrency: Concurrency = 4,
) -> int:
    """Do background work, on as many machines as are needed, until Ctrl-C or SIGTERM; what is begun is finished first."""
    from upheld.faces.server import Log, work_until_stopped

    context: Context = ctx.obj
    app, say = context.make_app(), context.terminal.say
    app.own  # noqa: B018  (out of reach is told before it says that it works)
    return ended(
        app, work_until_stopped(app, folder, concurrency, Log(), lambda: say(f"Working for {folder}. Ctrl-C ends it."))
    )


def ended(app: App, code: int) -> int:
    """The exit code; where a job was left before its end, the process ends here, for its thread would hold it."""
    if code == Exit.WAITING:
        app.close()
        sys.stdout.flush()
        os._exit(code)
    return code


def jobs(
    ctx: typer.Context,
    again: Annotated[int, typer.Option(help="Have this failed job tried again, at once.", min=0)] = 0,
    as_json: JsonFlag = False,
) -> int:
    """How background work stands, and every job that failed for good."""
    from upheld.records.jobs import failed_jobs, jobs_now, try_again

    context: Context = ctx.obj
    say = context.terminal.say
    with context.make_app().own.connection() as connection:
        if again and not try_again(connection, again):
            raise Unusable("R703", f"There is no failed job {again}.", "Look at `upheld jobs`, which lists them.")
        now, failed = jobs_now(connection), failed_jobs(connection)
    if as_json:
        context.terminal.json({**asdict(now), "list": [asdict(one) for one in failed]})
    say(*(f"{name.replace('_s', ', seconds'):16} {value:g}" for name, value in asdict(now).items()))
    if failed:
        rows = [
            [str(one.number), one.task, " ".join(f"{k}={v}" for k, v in one.ids.items()), str(one.tries), one.fault]
            for one in failed
        ]
        context.terminal.table(("job", "task", "of", "tries", "last fault"), rows, right=(0, 3))
        say("", "Once the cause is mended:", f"  upheld jobs --again {failed[0].number}")
    return Exit.BROKEN if failed else Exit.WELL
