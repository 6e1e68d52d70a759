"""The console speaks English, French, German and Spanish: no sentence of the frame, the sign-in, the queue and the case is missing in any of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib.resources import files

import pytest

from tests.console.conftest import Consoled, Visitor, said
from upheld.duties.messages.letters.catalogue import compiled, placeholders
from upheld.duties.messages.letters.templates import templates
from upheld.engine.estate.draw import KINDS, OTHER
from upheld.faces.app.desk.looking import plans
from upheld.faces.board.view import WORD
from upheld.faces.board.words import words_of
from upheld.faces.console import part
from upheld.faces.console.desk import case, wording
from upheld.faces.console.desk.intake import LANGUAGES
from upheld.faces.console.recipients import CONNECTORS, DECLARED, STANDINGS
from upheld.faces.console.tongue import ENGLISH, PACKAGE, Tongue
from upheld.language.promises.model import Kind
from upheld.language.terms.names import builtin
from upheld.records.staff.model import ROLES

ROOM = files(PACKAGE)
SPOKEN = (
    "frame",
    "sign-in",
    "sign-in-code",
    "first",
    "trouble",
    "desk",
    "queue",
    "case",
    "running",
    "parts",
    "account",
    "second",
    "staff",
    "incidents",
    "decisions",
    "recipients",
    "enter",
    "counts",
)
SPEAKING = ("desk/wording", "desk/queue", "desk/looking", "desk/case", "desk/post_said", "registers", "recipients")
MENU = ("Desk", "Board", "Estate", "Recipients", "Choices", "Retention", "Incidents", "Decisions", "Ledger", "Staff")
LITERAL = r'"((?:[^"\\]|\\.)+)"'


SHARED = (
    ("site", "estate"),
    ("site", "ledger"),
    ("board", "board"),
    ("board", "proof"),
)  # pages of other rooms in the console's frame


def sentences() -> Iterator[str]:
    """Every sentence that stands in a template or in the source and is said in the visitor's language."""
    yield from (*MENU, *WORD.values(), *(words for _, words, *_ in (*KINDS, OTHER)))
    yield from map(words_of, (*builtin()[Kind.RIGHT], *templates(), *ROLES))
    for room, name in SHARED:
        text = files(f"upheld.faces.{room}").joinpath("templates", f"{name}.html").read_text(encoding="utf-8")
        yield from re.findall(rf"\b_\(\s*{LITERAL}", text)
    for name in SPOKEN:
        text = ROOM.joinpath("templates", f"{name}.html").read_text(encoding="utf-8")
        yield from re.findall(r'"(\{number\} [^"]+)"', text)
        yield from (one.replace('\\"', '"') for one in re.findall(rf"\b_\(\s*{LITERAL}", text))
    for name in SPEAKING:
        text = ROOM.joinpath(f"{name}.py").read_text(encoding="utf-8")
        yield from re.findall(rf"\bsay\(\s*{LITERAL}", text)
        yield from re.findall(r"""["']((?:\{number\}|1|no) [^"'{}]+)["']""", text)
    for words in (wording.CHANNELS, wording.STATES, wording.EVENTS, case.SAID, case.UNPROVEN, plans.ACTIONS):
        yield from words.values()
    yield from (step for steps in wording.NEXT.values() for step in steps)
    yield from (words for _, words in (*case.LETTER_STATES.values(), *case.RECIPIENT_STATES.values()))
    yield from (
        *CONNECTORS.values(),
        DECLARED,
        *(words for _, words in STANDINGS.values()),
        *ROLES.values(),
        *LANGUAGES.values(),
    )
    yield from (text for status in (401, 403, 404, 413, 422, 503) for text in part._said(status))


@pytest.mark.parametrize("language", ["fr", "de", "es"])
def test_no_sentence_is_missing_and_each_takes_the_same_values(language: str) -> None:
    found, known = set(sentences()), compiled(PACKAGE, language)
    assert len(found) > 320
    assert sorted(found - set(known)) == []
    assert [one for one in known if placeholders(one) != placeholders(known[one])] == []
    assert [one for one, text in known.items() if not text.strip()] == []


def test_a_template_that_is_spoken_has_no_bare_words() -> None:
    for name in SPOKEN:
        text = ROOM.joinpath("templates", f"{name}.html").read_text(encoding="utf-8")
        bare = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}|<code>.*?</code>|<[^>]*>", " ", text, flags=re.DOTALL)
        assert re.findall(r"[A-Za-z]{3,}", bare.replace("Upheld", "")) == [], name


def test_values_are_filled_and_a_sentence_that_nobody_wrote_stays_english() -> None:
    assert (
        ENGLISH("{days} late", days="2 days") == "2 days late"
        and Tongue("de")("{days} late", days="2 Tage") == "2 Tage zu spät"
    )
    assert Tongue("es")("A sentence that nobody wrote.") == "A sentence that nobody wrote."
    assert Tongue("fr").counted(1, "{number} answer is late", "{number} answers are late") == "1 réponse est en retard"
    assert ENGLISH.counted(2, "{number} answer is late", "{number} answers are late") == "two answers are late"


def test_the_console_speaks_the_browser_s_language_or_the_one_that_was_chosen(
    visitor: Callable[..., Visitor], consoled: Consoled
) -> None:
    case = consoled.asks(name="Zq91 Plover")
    operator = visitor("operator")
    page = operator.get(f"/console/desk/{case.id}", "de-CH, fr;q=0.5").text
    assert '<html lang="de">' in page and "Wer fragt" in page and "Antwort bis" in page and "Who is asking" not in page
    assert "wartet auf eine Antwort" in page or "warten auf eine Antwort" in page
    assert "Unbewiesen" in operator.get("/console/recipients", "de").text
    estate = operator.get("/console/estate", "de").text
    assert "Wo die Daten sind" in estate and ">Empfänger</a>" in estate and "Where the data is" not in estate
    ledger = operator.get("/console/ledger", "de").text
    assert "Bewahren Sie eine Kopie auf" in ledger and "Keep a copy" not in ledger
    board = operator.get("/console/board", "de").text
    assert '<html lang="de">' in board and ">Tafel</a>" in board and "Ungebunden" in board and '<section lang="en"' in board
    chosen = operator.get(f"/console/language/es?to=/console/desk/{case.id}")
    assert chosen.status_code == 303 and chosen.headers["location"] == f"/console/desk/{case.id}"
    assert "Quién pide" in said(operator.get(f"/console/desk/{case.id}").text)
    assert operator.get("/console/language/es?to=https://elsewhere.example.test").headers["location"] == "/console/desk"
    assert operator.get("/console/language/xx").status_code == 303
    assert "Iniciar sesión" in operator.get("/console/sign-in").text


def test_every_page_is_shown_in_another_language(visitor: Callable[..., Visitor], consoled: Consoled) -> None:
    lead = visitor("privacy-lead")
    for path in ("desk", "new", "recipients", "incidents", "choices", "retention", "decisions", "staff", "account"):
        page = lead.get(f"/console/{path}", "es")
        assert page.status_code == 200 and '<html lang="es">' in page.text, path
        assert 'tabindex="-1" lang="en"' not in page.text, path
    assert "leads: does and decides" not in lead.get("/console/staff", "es").text
