"""The pictures of the privacy centre, taken from the running product over the example firm: the form, and a request as a telephone shows it.

    python docs/pictures_centre.py

Fills the stores of `examples/qualer` in an embedded server of its own, asks as a person does, and photographs the pages with the chromium of the
system. Overwrites docs/pictures/centre.png and centre-phone.png.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from playwright.sync_api import Page, sync_playwright  # noqa: E402

from tests.desk.conftest import Desked, at_desk  # noqa: E402
from tests.desk.test_thin_path import letters, token_in  # noqa: E402
from tests.examples.running import running  # noqa: E402
from upheld.faces.app.desk.standing import Links  # noqa: E402
from upheld.faces.server import Log, Tally, running_server  # noqa: E402
from upheld.faces.site import pages_of  # noqa: E402
from upheld.faces.site.centre import centre_part  # noqa: E402
from upheld.faces.site.routes import site_part  # noqa: E402
from upheld.records.own import EmbeddedServer, on_server  # noqa: E402

PUBLIC = "https://privacy.example.test"  # where letters say that the pages stand


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
                _photograph(at_desk(firm))
        finally:
            server.close()


def _photograph(desked: Desked) -> None:
    desk = desked.desk
    desk.links = Links(PUBLIC)
    parts = (site_part(pages_of(desk.app, desked.firm.folder)), centre_part(desk))
    with running_server(desk.app, parts, Log(io.StringIO()), Tally()) as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--headless", "--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 1420}, locale="en-GB")
        page.goto(f"{address}your-data")
        page.check("#right-erasure")
        _take(page, "centre")
        page.fill("#f-name", "Ines Carvalho")
        page.fill("#f-email", desked.email())
        page.select_option("#f-country", "IE")
        page.click("button:has-text('Send my request')")
        page.wait_for_url("**/request/**")
        desked.work()
        case = desk.queue()[0]
        desked.clock.forward(hours=20)
        desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
        desked.work()
        desked.clock.forward(days=3)
        page.set_viewport_size({"width": 390, "height": 1420})
        page.goto(page.url.partition("?")[0])
        _take(page, "centre-phone")
        browser.close()


def _take(page: Page, name: str) -> None:
    page.screenshot(path=HERE / "pictures" / f"{name}.png")
    print(f"written  docs/pictures/{name}.png")


if __name__ == "__main__":
    if shutil.which("chromium") is None:
        raise SystemExit("chromium is not installed; on Debian: apt-get install chromium")
    os.chdir(ROOT)
    main()
