"""One firm, one server, a real browser: two people ask, an operator works, an auditor looks, and a stranger's program checks the ledger."""

from __future__ import annotations

import hashlib
import os
import queue
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
import pyotp
import pytest
import yaml
from aiosmtpd.controller import Controller

from tests.browser.test_every_page import ALL, AXE, CUT_OFF
from tests.chromium import needed
from tests.examples.running import Running, running
from tests.messages import dovecot
from tests.messages.test_outbox import Sink
from upheld.records import staff
from upheld.records.own import EmbeddedServer
from upheld.records.staff import second
from upheld.records.staff.passwords import PasswordRules

PASSWORD = "three wet umbrellas hum"
PATIENCE_S = 60
VERIFY = Path(__file__).parents[2] / "verifier" / "verify.py"


class Letterbox(Sink):
    """A mail server whose letters are waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.came: queue.Queue[EmailMessage] = queue.Queue()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        said = await super().handle_DATA(server, session, envelope)
        self.came.put(self.got[-1])
        return said

    def link(self, page: str) -> str:
        """The link to this page in the next letter that has one."""
        while True:
            body = self.came.get(timeout=PATIENCE_S).get_body(("plain",))
            found = re.search(rf"https?://\S+/your-data/{page}/[\w-]+", body.get_content() if body else "")
            if found:
                return found[0]


@dataclass(frozen=True)
class Served:
    """A running `upheld serve`, its mail, and what its operator's authenticator knows."""

    base: str
    mail: Letterbox
    firm: Running
    environment: dict[str, str]
    secret: str

    def emails(self) -> list[str]:
        """Addresses of customers that nobody shares, by the order of keys."""
        with psycopg.connect(self.firm.app.settings.environment["UPHELD_PLATFORM_URL"]) as connection:
            rows = connection.execute(
                "SELECT min(email) FROM customers WHERE deleted_at IS NULL AND email LIKE '%@%' AND email NOT LIKE 'unknown%' "
                "GROUP BY lower(email) HAVING count(*) = 1 ORDER BY min(id)"
            ).fetchall()
        return [str(row[0]) for row in rows]


@pytest.fixture(scope="module")
def served(pg: EmbeddedServer, own_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    here = tmp_path_factory.mktemp("journey")
    web, post = dovecot.free_ports(2)
    sink = Controller(Letterbox(), hostname="127.0.0.1", port=post)
    with running("qualer", pg, own_template, here) as firm:
        secret = _accounts(firm)
        given = firm.app.settings
        environment = {
            **os.environ, **given.environment, "UPHELD_DATABASE_URL": str(given.own_url), "UPHELD_OWNER_DATABASE_URL": str(given.owner_url),
            "UPHELD_DATA": str(given.data_folder), "UPHELD_ORIGIN": given.origin, "UPHELD_PUBLIC_URL": f"http://127.0.0.1:{web}",
            "UPHELD_SMTP_URL": f"smtp://127.0.0.1:{post}", "UPHELD_MAIL_FROM": "privacy@qualer.example.test",
        }  # fmt: skip
        sink.start()
        command = [sys.executable, "-m", "upheld", "serve", str(_folder(firm, here)), "--port", str(web)]
        with (
            (here / "log").open("wb") as log,
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True) as server,
        ):
            assert server.stdout is not None
            try:
                assert any("The board is at" in line for line in server.stdout), (here / "log").read_text()[-2000:]
                yield Served(f"http://127.0.0.1:{web}", sink.handler, firm, environment, secret)
            finally:
                server.terminate()
                server.wait(PATIENCE_S)
                sink.stop()


def _accounts(firm: Running) -> str:
    """An operator with a second factor and an auditor; the secret of the factor."""
    now = firm.app.settings.now() - timedelta(days=1)
    with firm.app.own.connection() as connection:
        for name, role in (("Ines Carvalho", "operator"), ("Joan Abara", "auditor")):
            made = staff.add(connection, name, f"{role}@desk.example.test", role, now)
            staff.set_password(connection, made.ref, PASSWORD, PasswordRules(), now)
            if role == "operator":
                secret = second.start(connection, firm.app.master, made.ref, now)
                second.confirm(connection, firm.app.master, made.ref, pyotp.TOTP(secret).at(now), now)
    return secret


def _folder(firm: Running, here: Path) -> Path:
    """The firm's folder, in which one recipient is told, by a person."""
    folder = here / "qualer"
    shutil.copytree(firm.folder, folder)
    said = yaml.safe_load((folder / "recipients.yaml").read_text(encoding="utf-8"))
    entries = {
        name: one
        if name == "consultants"
        else {"connector": "none", "because": "Here nobody else is told."} | ({"party": one["party"]} if "party" in one else {})
        for name, one in said["recipients"].items()
    }
    (folder / "recipients.yaml").write_text(yaml.safe_dump({**said, "recipients": entries}), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def axe() -> str:
    return (Path(needed("axe_playwright_python").__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def looked_at(page: Any, axe: str) -> None:
    """Nothing for axe, nothing cut off and nothing that scrolls sideways, on a wide and on a narrow screen."""
    page.evaluate(axe)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width)
        assert page.evaluate(CUT_OFF) == [], (page.url, width)
        assert page.evaluate(AXE, [ALL, {}]) == [], (page.url, width)


def ask(page: Any, served: Served, right: str, name: str, email: str, axe: str = "") -> str:
    """The form is filled and sent, the link in the mail pressed; the address of the request's own page. `axe`: each page is looked at."""
    look: Any = (lambda page: looked_at(page, axe)) if axe else (lambda page: None)
    page.goto(f"{served.base}/your-data?place=eu-gdpr")
    page.check(f"#right-{right}")
    page.fill("#f-name", name)
    page.fill("#f-email", email)
    page.select_option("#f-country", "IE")
    look(page)
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/your-data/request/**")
    look(page)
    own = str(page.url).split("?")[0]
    page.goto(served.mail.link("prove"))
    look(page)
    page.get_by_role("button", name="Yes, I made the request").click()
    page.get_by_text("We know now that the address is yours").wait_for()
    return own


def enter(page: Any, served: Served, role: str, axe: str, secret: str = "") -> None:
    page.goto(f"{served.base}/console/desk")
    looked_at(page, axe)
    page.fill("#email", f"{role}@desk.example.test")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    if secret:
        page.wait_for_url("**/sign-in/code**")
        looked_at(page, axe)
        page.fill("#code", pyotp.TOTP(secret).now())
        page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/console/desk")


def test_a_request_goes_from_the_person_over_the_desk_to_the_answer_and_others_can_check_it(
    browser: Any, served: Served, axe: str, tmp_path: Path
) -> None:
    person, operator, auditor = (browser.new_context(locale="en-GB").new_page() for _ in range(3))
    copied, erased = served.emails()[1:3]

    own = ask(person, served, "access", "Ada Example", copied, axe)
    person.goto(served.mail.link("file"))
    looked_at(person, axe)
    hashed = person.locator(".facts code").inner_text()
    with person.expect_download() as fetched:
        person.get_by_role("button", name="Download").click()
    assert hashlib.sha256(Path(fetched.value.path()).read_bytes()).hexdigest() == re.sub(r"\s", "", hashed)
    person.goto(own)
    assert "The file was fetched." in person.inner_text("main")
    looked_at(person, axe)

    ask(person, served, "erasure", "Bo Example", erased)
    enter(operator, served, "operator", axe, served.secret)
    operator.get_by_role("link", name=re.compile("Bo Example|R-0002")).first.wait_for()
    operator.goto(f"{served.base}/console/desk/R-0001")
    assert "Answer fetched" in operator.inner_text(".timeline")
    looked_at(operator, axe)
    case = f"{served.base}/console/desk/R-0002"
    until(operator, case, "#h-go")

    enter(auditor, served, "auditor", axe)
    auditor.goto(case)
    assert auditor.locator("#h-plan-1").is_visible() and auditor.get_by_role("button").all() == []
    forged = {
        "_csrf_token": next(one["value"] for one in auditor.context.cookies() if one["name"] == "upheld-form"),
        "digest": operator.locator("input[name=digest]").first.get_attribute("value"),
        "read": "yes",
    }
    assert auditor.request.post(f"{case}/approve", form=forged).status == 403

    looked_at(operator, axe)
    operator.check("input[name=read]")
    operator.get_by_role("button", name="Approve and erase").click()
    operator.wait_for_load_state()
    until(operator, case, "#h-told")
    assert erased not in served.emails()
    looked_at(operator, axe)
    operator.get_by_role("button", name="They did it").click()
    until(operator, case, "text=Ended")
    answer = served.mail.came.get(timeout=PATIENCE_S)
    assert answer["To"] == erased and "R-0002" in str(answer["Subject"]) + answer.get_body(("plain",)).get_content()

    auditor.goto(f"{served.base}/console/ledger")
    looked_at(auditor, axe)
    export = tmp_path / "ledger.jsonl"
    command = [sys.executable, "-m", "upheld", "verify", "--export", str(export)]
    subprocess.run(command, env=served.environment, check=True, capture_output=True)
    checked = [sys.executable, str(VERIFY), str(export), "--key", str(export.with_suffix(".key"))]
    assert subprocess.run(checked, capture_output=True).returncode == 0
    assert not any(word in export.read_text() for word in (copied, erased, "Ada Example"))


def until(page: Any, address: str, there: str) -> None:
    """The page is looked at again until this stands there; the page's own words ask for no more."""
    for _ in range(PATIENCE_S * 4):
        page.goto(address)
        if page.locator(there).count():
            return
        page.wait_for_timeout(250)
    raise AssertionError(page.inner_text("main"))
