"""A firm's folder and an App become what probes are given, and the board.

The site is handed in, for it stands above the board: while it runs, the probes of the pages visit it; without it they claim nothing.
"""

from __future__ import annotations

import secrets
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path

from upheld.duties.messages import MessageFault, mail_settings
from upheld.duties.messages.intake import Limits, read_mailbox
from upheld.duties.messages.outbox.smtp import server_of, why_unreached
from upheld.engine.stores import open_store
from upheld.engine.stores.shadow import PostgreSQLShadow
from upheld.faces.app import App, Checked, NotNow
from upheld.faces.app.addresses import urls_of
from upheld.faces.app.desk.post.mail_in import MAILBOX
from upheld.faces.app.project import NOTICE
from upheld.faces.app.scope import FILE as SCOPE
from upheld.faces.app.versions.publishing import files_of
from upheld.faces.board.capabilities import proving
from upheld.faces.board.model import Board
from upheld.faces.board.probes import ProbeContext
from upheld.faces.board.probes.context import NO_POST
from upheld.faces.board.probes.versions import BECAUSE, LATER, later_text
from upheld.faces.board.prove import prove, read_board
from upheld.language.law import load_law
from upheld.language.law.from_files import law_files
from upheld.language.promises.model import Program
from upheld.records.own import EmbeddedServer, OwnDatabaseFault, default_folder, on_server
from upheld.records.own.embedded import APP, OWNER

Serving = Callable[..., AbstractContextManager[str]]
Step = Callable[..., None]
Server = Callable[[], EmbeddedServer]
VISIT_TIMEOUT_S = 10


def prove_folder(app: App, folder: Path, advance: Step | None = None, serving: Serving | None = None) -> tuple[Board, Program]:
    """Every probe that a clause calls for ran over the firm's stores; the board and the program it is of.

    `advance(n, note)` is told of each probe; `serving` is the site's `running_folder`.
    """
    checked, program = checked_program(app, folder)
    with serving(app, folder) if serving else nullcontext("") as address, shadow_server(app) as server:
        context = probe_context(app, checked, program, server, address)
        if serving:
            context = replace(
                context,
                copied=lambda: _copied(app, checked, serving),
                published_twice=lambda statement: published_twice(app, checked, serving, server, statement),
            )
        board = prove(context, advance=None if advance is None else _told(advance), also=proving())
    return board, program


def board_of_folder(app: App, folder: Path) -> tuple[Board, Program]:
    """The board as the records give it now; nothing runs."""
    _, program = checked_program(app, folder)
    return read_board(app.own, program, app.settings.now()), program


def checked_program(app: App, folder: Path) -> tuple[Checked, Program]:
    """The folder, checked, and its program. NotNow if notice or estate has errors."""
    checked = app.check(folder)
    if checked.program is None or checked.errors:
        reason = f"{folder} has {checked.errors} errors, and an error is a promise that cannot be kept."
        raise NotNow("X120", reason, f"Run: upheld check {folder}")
    return checked, checked.program


def probe_context(app: App, checked: Checked, program: Program, server: Server, address: str = "") -> ProbeContext:
    """What probes are given. Unusable where a store has no address in the environment."""
    if checked.estate is None:
        reason = "There is no estate beside the notice, so nothing can be tried."
        raise NotNow("X121", reason, "Draft one: upheld scan URL --to FOLDER")
    given = app.settings
    return ProbeContext(
        program=program,
        estate=checked.estate,
        urls=urls_of(checked.estate, given.environment),
        opened=open_store,
        own=app.own,
        master=app.master,
        law=load_law(),
        now=given.now,
        server=server,
        notice_source=checked.project.sources[checked.project.main],
        estate_files=checked.project.estate or {},
        law_files=law_files(),
        notice_files=files_of(checked),
        folder=checked.project.folder,
        post=lambda: why_no_post(app),
        visit=_visitor(address) if address else None,
        address=address,
        pinned_key=given.pinned_key,
        backup_folders={
            name: given.environment[store.backup.files.removeprefix("env:")]
            for name, store in checked.estate.stores.items()
            if store.backup is not None and given.environment.get(store.backup.files.removeprefix("env:"))
        },
    )


def why_no_post(app: App) -> str:
    """Why mail cannot come in and go out here; empty where a mailbox and a mail server let us in. Nothing is read, changed or sent."""
    environment = app.settings.environment
    if not environment.get(MAILBOX):
        return NO_POST
    mail = mail_settings(environment)
    if mail is None:
        return "no mail server is set here (UPHELD_SMTP_URL and UPHELD_MAIL_FROM), so nothing goes out by mail"
    try:
        with app.own.connection() as connection:
            read_mailbox(environment[MAILBOX], connection, limits=Limits(mails=0))
    except MessageFault as fault:
        return f"the mailbox cannot be read: {fault.code}"
    try:
        code = why_unreached(server_of(mail.smtp_url))
    except MessageFault as fault:
        code = fault.code
    return f"the mail server does not let us in: {code}" if code else ""


@contextmanager
def shadow_server(app: App) -> Iterator[Server]:
    """A server for shadows and sandboxes: ours where it is embedded, else one that starts when it is first asked for."""
    with ExitStack() as stack:

        @cache
        def server() -> EmbeddedServer:
            return app.own.server or _started(app.settings.data_folder or default_folder(), stack)

        yield server


def _started(data: Path, stack: ExitStack) -> EmbeddedServer:
    """A server of its own in our data folder; in a passing one where no server can run in that: too long a path, a folder shut to its user."""
    try:
        made = EmbeddedServer(data / "shadows")
    except OwnDatabaseFault:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ush", ignore_cleanup_errors=True)))
        folder.chmod(0o711)  # as root the server's user must enter
        made = EmbeddedServer(folder / "p")
    stack.callback(made.close)
    return made


@contextmanager
def _copied(app: App, checked: Checked, serving: Serving) -> Iterator[tuple[Path, Callable[[str], str]]]:
    """A copy of the firm's texts, served by the same site until the block ends; its files may be altered meanwhile."""
    with _copy_of(checked) as folder, serving(app, folder) as address:
        yield folder, _visitor(address)


@contextmanager
def _copy_of(checked: Checked) -> Iterator[Path]:
    """A copy of the firm's texts, gone when the block ends."""
    project = checked.project
    texts = {**project.sources, **(project.estate or {}), NOTICE: project.sources[project.main]}
    texts |= dict([project.deployment] if project.deployment else [])
    texts |= {SCOPE: project.scope} if project.scope else {}
    if project.lock is not None:
        texts["estate/estate.lock"] = project.lock
    with tempfile.TemporaryDirectory(prefix="upheld-copy-") as name:
        for file, text in texts.items():
            (Path(name) / file).parent.mkdir(exist_ok=True)
            (Path(name) / file).write_text(text, encoding="utf-8")
        yield Path(name)


@contextmanager
def published_twice(
    app: App, checked: Checked, serving: Serving, server: Server, statement: str
) -> Iterator[tuple[Callable[[str], str], date]]:
    """Visits to a site over an installation of its own, in which the firm's notice was published, and once more with a sentence that is new.

    `statement` is carried out in its register, as the server's superuser, before the site opens.
    """
    assert checked.program is not None
    day = max(one.updated for one in checked.program.notices) + LATER
    name = f"shadow_{secrets.token_hex(6)}"
    on_server(server(), name, pool_size=1).let_go()
    own_url, owner_url = (server().url(name, role) for role in (APP, OWNER))
    now = datetime.combine(day, app.settings.now().timetz())
    shadow = App(replace(app.settings, own_url=own_url, owner_url=owner_url, pinned_key=None, now=lambda: now))
    try:
        with _copy_of(checked) as folder:
            first = shadow.publish(folder, because=BECAUSE)
            text = (folder / NOTICE).read_text(encoding="utf-8")
            (folder / NOTICE).write_text(later_text(text, day), encoding="utf-8")
            second = shadow.publish(folder, because=BECAUSE)
            assert first.version and second.version, [*first.diagnostics, *second.diagnostics]
            if statement:
                PostgreSQLShadow(server().url(name)).execute(statement)
            with serving(shadow, folder, published=True) as address:
                yield _visitor(address), day
    finally:
        shadow.close()
        server().drop_database(name)


def _visitor(address: str) -> Callable[[str], str]:
    # Never by a proxy of the environment: the visit is to this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def visit(path: str) -> str:
        with opener.open(address.rstrip("/") + path, timeout=VISIT_TIMEOUT_S) as answer:
            return str(answer.read().decode("utf-8"))

    return visit


def _told(advance: Step) -> Callable[[str, int, int], None]:
    def step(name: str, done: int, of: int) -> None:
        advance(1 if done else 0, f"probing {done} of {of}: {name}" if name else "probed")

    return step
