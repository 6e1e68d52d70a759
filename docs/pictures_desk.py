"""The pictures of the rights desk, taken from the running console over the example firm: the queue with one request, and the same on a telephone.

    python docs/pictures_desk.py

Fills the stores of `examples/qualer` in an embedded server of its own, opens requests as people do, and photographs the console with the chromium
of the system. Overwrites docs/pictures/desk.png and desk-phone.png.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from playwright.sync_api import sync_playwright  # noqa: E402

from tests.console.conftest import listening  # noqa: E402
from tests.examples.running import running  # noqa: E402
from upheld.duties.messages.outbox import letters_of, read_letter  # noqa: E402
from upheld.faces.app.desk import Asked, Desk  # noqa: E402
from upheld.faces.app.parts import build_application  # noqa: E402
from upheld.faces.console import console_part  # noqa: E402
from upheld.faces.site import pages_of  # noqa: E402
from upheld.records import staff  # noqa: E402
from upheld.records.own import EmbeddedServer, on_server  # noqa: E402
from upheld.records.staff.passwords import PasswordRules  # noqa: E402

PASSWORD = "three wet umbrellas hum"
LOOKS = {"desk": (1280, 1620), "desk-phone": (390, 1400)}
# Who asked for what, how many days ago; `True`: proved who it is.
ASKING = (
    ("Pieter Vos", "access", 28, False, "Send me what you hold about me, please."),
    ("Ines Carvalho", "erasure", 17, True, "Please delete my account and everything that goes with it."),
    ("Dana Whitlock", "objection", 11, True, "Stop building a profile of me."),
    ("Ruth Okafor", "portability", 4, False, "I should like to take my data elsewhere."),
    ("Sam Rivera", "access", 1, False, "What do you know of me?"),
)


def main() -> None:
    """Both pictures are taken anew."""
    with tempfile.TemporaryDirectory(prefix="uph-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the embedded database runs as a user of its own
        server = EmbeddedServer(folder, durable=False)
        try:
            template = on_server(server, "own_template")
            template.migrate()
            template.close()
            with running("qualer", server, "own_template", folder) as firm:
                _photograph(firm.app, firm.folder)
        finally:
            server.close()


def _photograph(app: Any, folder: Path) -> None:
    noon = app.settings.now()
    clock = [noon]
    app.settings = replace(app.settings, now=lambda: clock[0])
    desk = Desk(app, folder)
    emails = _customers(app)
    shown = ""
    for (who, right, days, proves, said), email in zip(ASKING, emails, strict=False):
        clock[0] = noon - timedelta(days=days)
        details = {"name": who, "email": email, "words": said}
        case = desk.open(Asked((right,), "eu-gdpr", "email", clock[0], details, country="IE")).case
        _work(desk)
        if proves:
            clock[0] += timedelta(hours=11)
            desk.prove_email(_token(desk, case.id))
            _work(desk)
        shown = case.id if right == "erasure" else shown
    clock[0] = noon
    with app.own.connection() as connection:
        account = staff.add(connection, "Maeve Orr", "maeve@qualer.example.test", "privacy-lead", noon)
        staff.set_password(connection, account.ref, PASSWORD, PasswordRules(), noon)
    with listening(build_application([console_part(app, desk, pages_of(app, folder))])) as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--headless", "--no-sandbox"])
        for name, (width, height) in LOOKS.items():
            _take(browser, address, f"/console/desk/{shown}", name, width, height)
        browser.close()


def _take(browser: Any, address: str, path: str, name: str, width: int, height: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(address + path)
    page.fill("#email", "maeve@qualer.example.test")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"**{path}")
    page.screenshot(path=HERE / "pictures" / f"{name}.png")
    page.close()
    print(f"written  docs/pictures/{name}.png")


def _work(desk: Desk) -> None:
    """What waits is done, as workers do it."""
    handlers: dict[str, Callable[..., Any]] = dict(desk.in_background().handlers)
    while True:
        with desk.own.transaction() as connection:
            row = connection.execute(
                "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = (SELECT min(id) FROM procrastinate_jobs WHERE status = 'todo' "
                "AND (scheduled_at IS NULL OR scheduled_at <= %s)) RETURNING task_name, args",
                [desk.now],
            ).fetchone()
        if row is None:
            return
        if row[0] in handlers:
            handlers[row[0]](row[1])


def _token(desk: Desk, case: str) -> str:
    with desk.own.connection() as connection:
        text = read_letter(connection, desk.master, letters_of(connection, case)[0].id).text
    found = re.search(r"/your-data/prove/([\w-]+)", text)
    assert found is not None
    return found.group(1)


def _customers(app: Any) -> list[str]:
    """Addresses that one customer has alone."""
    import psycopg

    with psycopg.connect(app.settings.environment["UPHELD_PLATFORM_URL"]) as connection:
        rows = connection.execute(
            "SELECT min(email) FROM customers WHERE deleted_at IS NULL AND email LIKE '%@%' AND email NOT LIKE 'unknown%' "
            "GROUP BY lower(email) HAVING count(*) = 1 ORDER BY min(id)"
        ).fetchall()
    return [str(row[0]) for row in rows]


if __name__ == "__main__":
    if shutil.which("chromium") is None:
        raise SystemExit("chromium is not installed; on Debian: apt-get install chromium")
    os.chdir(ROOT)
    main()
