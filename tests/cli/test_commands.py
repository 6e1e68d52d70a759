"""Every command as a user meets it: its exit code, its one JSON document, its help, lines that fit, and never a traceback."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import typer

from tests.cli.harbour import Harbour, Installation, lines, tokens
from tests.cli.preloaded import ROOT, Preloaded, Ran
from upheld.main import command_line
from upheld.records.jobs import defer
from upheld.records.own import EmbeddedServer

WIDTH = 96
COMMANDS = dict(typer.main.get_command(command_line()).commands)  # type: ignore[attr-defined]
HOLDS = dict(COMMANDS["hold"].commands)
SAYS = """
This notice was last updated on 15 January 2026. {#when.1}

```promise
will tell: version-date
to: anyone
on: notice
before: version-effective
contents: [updated-date]
```
"""


@pytest.fixture(scope="module")
def firm(harbour: Harbour) -> Iterator[Installation]:
    """A bookshop that the tests of this page share; each takes other customers."""
    made = harbour.installation()
    yield made
    harbour.drop(made)


def fits(ran: Ran) -> bool:
    """No line is longer than the page, but for a single word (a path) that is, and a command to be copied whole."""
    return all(
        len(line) <= WIDTH or len(line.split()) <= 2 or line.startswith(("  upheld ", "  python "))
        for line in (ran.out + ran.err).splitlines()
    )


def test_every_command_of_the_founding_table_is_there() -> None:
    assert set(COMMANDS) == {
        "init", "scan", "check", "drift", "import-fides", "decide", "plan", "explain", "access", "erase", "batch", "retain", "replay", "compact", "hold", "queue", "prove",
        "verify", "serve", "worker", "jobs", "demo", "publish", "diff", "export", "law", "attest",
        "staff", "close", "correct", "crawl", "disclosed",
    }  # fmt: skip


def test_a_command_does_not_wait_for_a_web_framework_or_a_worker_that_it_does_not_use() -> None:
    asked = "import sys, upheld.main; upheld.main.command_line(); print(*{'litestar', 'uvicorn', 'procrastinate', 'alembic'} & set(sys.modules))"
    ran = subprocess.run(
        [sys.executable, "-c", asked], env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, ""), ran.stderr


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_says_what_a_command_does_and_what_each_of_its_words_is_for(preloaded: Preloaded, name: str) -> None:
    ran = preloaded.run(name, "--help", environment={"PATH": "/usr/bin:/bin"})
    assert ran.code == 0
    assert COMMANDS[name].help.splitlines()[0].split(":")[0][:40] in " ".join(ran.out.split())
    for parameter in COMMANDS[name].params:
        assert getattr(parameter, "help", None), f"{name}: {parameter.name} has no help"
    assert fits(ran)


@pytest.mark.parametrize("name", sorted(HOLDS))
def test_help_of_a_command_about_holds(preloaded: Preloaded, name: str) -> None:
    ran = preloaded.run("hold", name, "--help", environment={"PATH": "/usr/bin:/bin"})
    assert ran.code == 0 and fits(ran)
    assert HOLDS[name].help.splitlines()[0].split(":")[0][:40] in " ".join(ran.out.split())
    assert all(getattr(parameter, "help", None) for parameter in HOLDS[name].params)


def test_without_a_word_the_program_shows_what_it_knows(preloaded: Preloaded) -> None:
    ran = preloaded.run(environment={"PATH": "/usr/bin:/bin"})
    assert "Exit codes: 0 well" in " ".join((ran.out + ran.err).split())
    assert all(name in ran.out + ran.err for name in COMMANDS)


@pytest.mark.parametrize("words", [["forget"], ["plan"], ["erase", "A-0001"], ["decide"], ["check", "--jsn"]], ids=" ".join)
def test_wrong_use_exits_2_and_says_how_it_is_used(preloaded: Preloaded, words: list[str]) -> None:
    ran = preloaded.run(*words, environment={"PATH": "/usr/bin:/bin"})
    assert ran.code == 2
    assert "Usage: " in ran.err and ran.out == ""


def test_completion_can_be_installed_and_completes_commands_and_options(preloaded: Preloaded) -> None:
    assert "--install-completion" in preloaded.run("--help", environment={"PATH": "/usr/bin:/bin"}).out
    for typed, offered in (("upheld er", "erase"), ("upheld plan --sub", "--subject")):
        given = {"_UPHELD_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
        assert preloaded.run(environment={"PATH": "/usr/bin:/bin", **given}).out.split() == [offered]


# ---- reading ---------------------------------------------------------------------------------------------------------


def test_init_writes_a_folder_that_checks_and_never_overwrites(firm: Installation) -> None:
    place = firm.data / "new"
    ran = firm.upheld("init", str(place), "--json")
    assert ran.code == 0
    assert set(ran.document["written"]) == {"notice.md", "contacts.yaml", "deployment.yaml", "estate/shop.yaml"}
    checked = firm.upheld("check", str(place))
    assert checked.code == 0 and "0 errors" in checked.out
    again = firm.upheld("init", str(place))
    assert again.code == 2 and "N005" in again.err


def test_scan_drafts_and_counts_by_degree(firm: Installation) -> None:
    ran = firm.upheld("scan", "env:HARBOUR_LETTERS_URL", "--to", str(firm.data / "drafted"), "--store", "post", "--json")
    assert ran.code == 0
    document = ran.document
    assert document["drafted"] and set(document["tables"]) == {"subscribers", "sendings", "opens"}
    assert document["proven"] + document["likely"] + document["undetermined"] == 10
    assert tokens(2)[0] not in Path(document["file"]).read_text() + Path(document["lock"]).read_text()


def test_check_follows_the_contract(firm: Installation) -> None:
    ran = firm.upheld("check", str(firm.folder), "--json")
    assert ran.code == 0
    document = ran.document
    assert set(document) == {"notice", "clauses", "estate", "diagnostics"}
    assert document["notice"] == "harbour"
    assert {clause["binding"] for clause in document["clauses"]} == {"bound", "informs"}
    assert {"id": "harbour.keep.1", "binding": "bound", "verbs": ["define", "retain"]} in document["clauses"]
    assert document["estate"] == {"stores": ["letters", "shop"], "tables": 6, "columns": 25}


def test_check_of_a_notice_with_errors_exits_1_and_lists_all(firm: Installation) -> None:
    place = firm.data / "spoilt"
    shutil.copytree(firm.folder, place)
    notice = place / "notice.md"
    notice.write_text(notice.read_text().replace("basis: contract", "basis: hope").replace("by: email", "by: pigeon-of-ours"))
    (place / "estate" / "shop.yaml").write_text(
        (place / "estate" / "shop.yaml").read_text().replace("phone: telephone-number\n", "")
    )
    ran = firm.upheld("check", str(place), "--json")
    assert ran.code == 1
    found = ran.document["diagnostics"]
    assert len([one for one in found if one["severity"] == "error"]) >= 3
    for one in found:
        assert {"code", "severity", "file", "line", "clause", "summary", "detail", "help"} <= set(one)
    for_people = firm.upheld("check", str(place))
    assert for_people.code == 1 and fits(for_people)
    assert all(one["code"] in for_people.out for one in found)


def test_check_of_a_notice_alone_says_that_there_is_no_estate(firm: Installation) -> None:
    place = firm.data / "alone"
    place.mkdir()
    for name in ("notice.md", "contacts.yaml"):
        shutil.copy(firm.folder / name, place)
    ran = firm.upheld("check", str(place / "notice.md"), "--json")
    assert ran.document["estate"] is None


def test_decide_answers_with_the_sentence_that_decides(firm: Installation) -> None:
    served = ("--key", "for=serving-you", "--key", "basis=contract", "--fact", "restricted=no", "--in", str(firm.folder))
    yes = firm.upheld("decide", "use", "email-address", *served)
    assert yes.code == 0 and "We use it to serve you" in " ".join(yes.out.split()) and fits(yes)
    unsaid = firm.upheld("decide", "use", "email-address", *served[:2], *served[4:])
    assert unsaid.code == 1 and "harbour.use.1 comes nearest" in unsaid.out
    no = firm.upheld("decide", "use", "email-address", "--key", "for=legal-duty", "--in", str(firm.folder), "--json")
    assert no.code == 1
    assert no.document["allowed"] is False and "harbour.use.1" in no.document["clauses"]


def test_the_example_of_the_page_of_commands_runs(firm: Installation) -> None:
    page = (ROOT / "docs" / "commands.md").read_text()
    example = re.search(r"^upheld (decide use .*?)^```", page, re.M | re.S)
    assert example is not None
    ran = firm.upheld(*example[1].replace("\\\n", " ").split())
    assert ran.code == 0, ran.out


# ---- asks ------------------------------------------------------------------------------------------------------------


def test_plan_shows_every_table_with_counts_and_touches_nothing(firm: Installation) -> None:
    before = firm.dump()
    ran = firm.upheld("plan", str(firm.folder), "--ask", "erasure", "--subject", "-", "--regime", "eu-gdpr", stdin=lines(2))
    assert ran.code == 0 and fits(ran)
    for word in (
        "Nothing has been touched",
        "shop.customers",
        "letters.opens",
        "‖",
        "7 years after invoiced_at",
        "upheld erase A-",
    ):
        assert word in " ".join(ran.out.split()), word
    assert firm.dump() == before


def test_plan_follows_the_contract(firm: Installation) -> None:
    document = firm.plan("erasure", 2)
    assert {"ask", "kind", "subjects", "plan", "rows", "counts", "steps"} <= set(document)
    assert document["subjects"] == 1 and len(document["plan"]) == 64  # type: ignore[arg-type]
    steps = {(one["place"], one["action"].split()[0]): one for one in document["steps"] if one["effect"]}  # type: ignore[attr-defined]
    assert steps["shop.orders", "erase"]["rows"] == 2
    assert steps["shop.invoices", "hold"]["because"].startswith("GDPR 17(3)(b)")


def test_explain_says_why_any_line_stands(firm: Installation) -> None:
    digest = str(firm.plan("erasure", 2)["plan"])
    ran = firm.upheld("explain", digest[:16], "shop.invoices")
    assert ran.code == 0 and "GDPR 17(3)(b)" in ran.out and "harbour.keep.2" in ran.out and fits(ran)
    assert firm.upheld("explain", digest, "shop.invoices", "--json").document[0]["place"] == "shop.invoices"


def test_access_writes_a_package_and_says_where(firm: Installation) -> None:
    asked = firm.plan("access", 6)
    ran = firm.upheld("access", str(asked["ask"]), "--in", str(firm.folder), "--to", str(firm.data / "packages"), "--json")
    assert ran.code == 0
    document = ran.document
    assert document["fulfilled"] and document["rows"] == 7 and len(document["ledger"]) == 1
    package = Path(document["packages"][0]["path"])
    said = json.loads((package / "data.json").read_text())
    assert said["controller"] == "Harbour Books" and said["checkpoint"]
    orders = next(table for table in said["tables"] if table["table"] == "orders")
    assert orders["why"] == ["serving you"] and "three years" in orders["kept_for"]
    assert any("Art. 15" in right for right in said["rights"]) and "Art. 77" in said["authority"]
    assert package.stat().st_mode & 0o777 == 0o700


def test_erase_follows_the_contract(firm: Installation) -> None:
    ran = firm.erase(firm.plan("erasure", 8))
    assert ran.code == 0
    document = ran.document
    assert document["fulfilled"] and document["open"] == [] and document["settled"] == 0
    assert [one["outcome"] for one in document["stores"]] == ["done", "done"]
    kept = {one["table"]: one for store in document["stores"] for one in store["kept"]}
    assert kept["invoices"]["columns"] == ["billed_name", "amount_cents", "invoiced_at"]
    assert kept["invoices"]["until"] == "2032-03-09" and kept["invoices"]["cites"] == ["GDPR 17(3)(b)"]
    assert document["unreachable_since"] and document["overwritten_since"] is None and len(document["ledger"]) == 1


def test_erase_tells_people_what_was_done_and_what_stays(firm: Installation) -> None:
    asked = firm.plan("erasure", 10)
    ran = firm.upheld("erase", str(asked["ask"]), "--plan", str(asked["plan"])[:16], "--in", str(firm.folder))
    assert ran.code == 0 and fits(ran)
    said = " ".join(ran.out.split())
    assert "stay until 2032-03-11 at the latest" in said and "read back, nothing left" in said and "Overwritten once" in said


# ---- proof -----------------------------------------------------------------------------------------------------------


def test_verify_checks_the_ledger_and_exports_it_for_the_separate_checker(firm: Installation) -> None:
    assert (
        firm.upheld("access", str(firm.plan("access", 12)["ask"]), "--in", str(firm.folder), "--to", str(firm.data / "p")).code
        == 0
    )
    export = firm.data / "ledger.jsonl"
    ran = firm.upheld("verify", "--export", str(export), "--json")
    assert ran.code == 0 and ran.document["holds"] == "yes"
    checked = subprocess.run(
        [sys.executable, "verifier/verify.py", str(export), "--key", str(export.with_suffix(".key"))],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"checkpoints   {ran.document['checkpoints']}, " in checked.stdout, "both count the same"


def test_prove_prints_the_board_and_follows_the_contract(firm: Installation, pg: EmbeddedServer) -> None:
    firm.lend(pg)
    notice = firm.folder / "notice.md"
    before = notice.read_text(encoding="utf-8")
    notice.write_text(before + SAYS, encoding="utf-8")
    try:
        ran = firm.upheld("prove", str(firm.folder), "--json", "--strict")
    finally:
        notice.write_text(before, encoding="utf-8")
    document = ran.document
    assert {"notice", "at", "clauses", "totals"} <= set(document)
    assert set(document["totals"]) == {"kept", "unproven", "broken", "unbound", "informs", "attested", "outside"}
    assert ran.code == 1 and document["totals"]["unproven"], "--strict: what is not proven is as bad as what is broken"
    assert {one["id"] for one in document["clauses"]} >= {"harbour.keep.1", "harbour.rights.1"}
    dated = next(one for one in document["clauses"] if one["id"] == "harbour.when.1")
    standing = {one["id"]: one["standing"] for one in dated["controls"]}
    pages = {name: how for name, how in standing.items() if name.startswith(("page:", "notice:"))}
    # The probes of the page went through the site as it is served, and red over a copy that was spoilt while it ran.
    assert pages == {"notice:version": "held", "page:version-date": "held", "page:updated-date": "held"}, standing


def test_a_failed_job_is_listed_until_it_is_tried_again(firm: Installation) -> None:
    with psycopg.connect(firm.own, autocommit=True) as connection:
        number = defer(connection, "continue case", {"case": "R-0001"})
        connection.execute("UPDATE procrastinate_jobs SET status = 'failed', attempts = 80 WHERE id = %s", [number])
    ran = firm.upheld("jobs")
    assert (
        ran.code == 1
        and "continue case" in ran.out
        and "case=R-0001" in ran.out
        and f"--again {number}" in ran.out
        and fits(ran)
    )
    unknown = firm.upheld("jobs", "--again", str(number + 1))
    assert unknown.code == 2 and "R703" in unknown.err
    again = firm.upheld("jobs", "--again", str(number), "--json")
    assert again.code == 0 and again.document["waiting"] == 1 and again.document["list"] == []


def test_serve_refuses_a_port_that_is_taken_without_a_traceback(firm: Installation) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as line:
        ran = firm.upheld("serve", str(firm.folder), "--port", str(line.getsockname()[1]))
    assert ran.code == 3 and "V902" in ran.err


# ---- how it looks ----------------------------------------------------------------------------------------------------


def test_with_ascii_nothing_but_ascii_is_printed(firm: Installation) -> None:
    ran = firm.upheld("--ascii", "plan", str(firm.folder), "--ask", "erasure", "--subject", "-", stdin=lines(2))
    assert ran.code == 0 and ran.out.isascii()
    assert "= " in ran.out and "v " in ran.out


def test_a_terminal_of_another_alphabet_gets_plain_letters_and_no_fault(firm: Installation) -> None:
    environment = {**firm.environment, "PYTHONIOENCODING": "latin-1", "PYTHONPATH": str(ROOT / "src")}
    given = ["plan", str(firm.folder), "--ask", "erasure", "--subject", "-"]
    ran = subprocess.run(
        [sys.executable, "-m", "upheld", *given], input=lines(2).encode(), env=environment, capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.isascii()


def on_a_terminal(firm: Installation, *words: str, **more: str) -> str:
    """What a terminal of 80 columns is sent."""
    main, other = pty.openpty()
    environment = {**firm.environment, "TERM": "xterm", "COLUMNS": "80", "PYTHONPATH": str(ROOT / "src"), **more}
    process = subprocess.Popen(
        [sys.executable, "-m", "upheld", *words], stdin=other, stdout=other, stderr=other, env=environment
    )
    os.close(other)
    sent = b""
    while True:
        try:
            block = os.read(main, 4096)
        except OSError:
            break
        if not block:
            break
        sent += block
    os.close(main)
    assert process.wait(300) in (0, 1)
    return sent.decode()


def test_a_terminal_gets_colour_and_no_color_takes_it_away(firm: Installation) -> None:
    asked = firm.plan("erasure", 14)
    words = ("explain", str(asked["plan"])[:16], "shop.orders")
    assert "Traceback" not in on_a_terminal(firm, *words)
    (firm.data / "ask.jsonl").write_text(lines(14))
    plan = ("plan", str(firm.folder), "--ask", "erasure", "--subject", str(firm.data / "ask.jsonl"))
    assert "\x1b[32m" in on_a_terminal(firm, *plan)
    plain = on_a_terminal(firm, *plan, NO_COLOR="1")
    assert "\x1b[3" not in plain
    plain = re.sub("\x1b\\[[0-9;?]*[A-Za-z]", "", plain)
    assert max(len(line) for line in plain.splitlines()) <= 80


def test_a_pipe_gets_no_progress(firm: Installation) -> None:
    asked = firm.plan("access", 16)
    ran = firm.upheld("access", str(asked["ask"]), "--in", str(firm.folder), "--to", str(firm.data / "packages"))
    assert ran.code == 0 and ran.err == ""
