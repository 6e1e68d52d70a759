"""The documentation is about what is there: every code, command, option and public name appears, and every link leads somewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import typer

from upheld.main import command_line

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
CODE = re.compile(r"\"([NPELXVDR]\d{3})\"")
PAGES = [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", *sorted((ROOT / "examples").rglob("*.md"))]


def codes_in_the_source() -> set[str]:
    return {code for path in (ROOT / "src").rglob("*.py") for code in CODE.findall(path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("code", sorted(codes_in_the_source()))
def test_every_code_has_a_page_that_says_why_and_what_to_do(code: str) -> None:
    page = DOCS / "codes" / f"{code}.md"
    assert page.is_file(), f"docs/codes/{code}.md is missing"
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {code}"), f"{page.name} begins with another title"
    assert len(text) > 150, f"{page.name} says too little"


def test_every_page_of_a_code_is_of_a_code_that_exists() -> None:
    known = codes_in_the_source()
    assert {page.stem for page in (DOCS / "codes").glob("*.md")} - known - {"README"} <= reserved()


def reserved() -> set[str]:
    """Codes whose page says that nothing raises them yet."""
    return {page.stem for page in (DOCS / "codes").glob("*.md") if "Reserved" in page.read_text(encoding="utf-8")}


def commands() -> dict[str, typer.main.click.Command]:
    """Every command by its words; those of a group (`hold accept`) by both."""
    found: dict[str, typer.main.click.Command] = {}
    for name, command in typer.main.get_command(command_line()).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found |= {f"{name} {word}": one for word, one in inner.items()} if inner else {name: command}
    return found


def test_every_command_and_option_is_on_the_page_of_commands() -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    for name, command in commands().items():
        assert f"## `upheld {name}" in text, f"docs/commands.md does not know {name}"
        section = text.split(f"## `upheld {name}", 1)[1].split("\n## ", 1)[0]
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--") and option not in ("--help",):
                    assert option in section, f"docs/commands.md, {name}: {option} is missing"


def test_the_page_of_commands_knows_no_command_that_is_not_there() -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^## `upheld ([\w-]+(?: [a-z]+)?)", text, re.M)) == set(commands())


def public_verbs() -> list[str]:
    tree = ast.parse((ROOT / "src/upheld/faces/app/app.py").read_text(encoding="utf-8"))
    app = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "App")
    return [node.name for node in app.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]


@pytest.mark.parametrize("verb", public_verbs())
def test_every_verb_of_the_library_is_on_its_page(verb: str) -> None:
    assert f"`{verb}" in (DOCS / "library.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            continue
        assert (page.parent / target.split("#")[0]).exists(), f"{page.name}: {target} leads nowhere"
