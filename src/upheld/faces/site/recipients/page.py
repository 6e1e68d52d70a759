"""An order becomes the page on which a recipient's people answer it, in the firm's language; nothing on it says whom the order is about.

Works without a script. A message that a language lacks is a fault of the package, which a test finds.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations
from importlib import resources

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape

from upheld.duties.recipients import OrderState

LANGUAGES = ("en", "fr", "de", "es")
ANSWERS = ("done", "acknowledged", "refused", "failed")
STYLESHEET = "/recipients/answer.css"
BOARD_STYLESHEET = "/assets/board.css"
CSS = """
.lead + p { margin-block: .5rem 1.5rem; }
form { max-width: 36rem; }
fieldset { border: 0; margin: 0 0 1.5rem; padding: 0; min-width: 0; }
legend, .field > label { display: block; font-weight: 600; padding: 0; }
.choices { list-style: none; padding: 0; margin: .75rem 0 0; border-top: 1px solid var(--rule); }
.choices li { border-bottom: 1px solid var(--rule); }
.choices label { display: flex; gap: 1rem; align-items: flex-start; padding: .85rem .5rem; cursor: pointer; }
.choices label:hover { background: var(--paper-2); }
input[type=radio] { width: 1.25rem; height: 1.25rem; margin: .12rem 0 0; accent-color: var(--ink); flex: none; }
.field { margin: 0 0 1.5rem; }
textarea { font: inherit; color: var(--ink); background: var(--paper); border: 1.5px solid var(--rule-2, var(--ink)); border-radius: 3px; padding: .55rem .7rem; width: 100%; min-height: 6rem; box-sizing: border-box; }
button { font: inherit; font-weight: 600; color: var(--paper); background: var(--ink); border: 1.5px solid var(--ink); border-radius: 3px; padding: .65rem 1.1rem; min-height: 2.75rem; cursor: pointer; }
"""


@cache
def texts(language: str) -> Mapping[str, str]:
    """Every message of the language by its id; English for a language that the package has not."""
    known = language if language in LANGUAGES else "en"
    source = resources.files("upheld.faces.site.recipients") / "texts" / f"{known}.po"
    catalog = read_po(io.BytesIO(source.read_bytes()), locale=known, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    spoken = GNUTranslations(compiled)
    return {str(message.id): spoken.gettext(str(message.id)) for message in catalog if message.id}


def answer_page(order: OrderState, firm: str, language: str) -> str:
    """The form, while the order waits; then that it has its answer."""
    if not order.open:
        return thanks_page(firm, language)
    said = texts(language)
    return _template("answer.html").render(
        **_frame(firm, language, said["answer.heading"].format(number=order.name)),
        act=said[f"act.{order.act}"].format(firm=firm),
        answers=[(word, said[f"says.{word}"]) for word in ANSWERS],
    )


def thanks_page(firm: str, language: str) -> str:
    """The order has an answer: the same words after the first answer and at every later visit."""
    said = texts(language)
    return _template("words.html").render(**_frame(firm, language, said["thanks.heading"]), text=said["thanks.text"])


def noted_page(firm: str, language: str) -> str:
    """The recipient will do it: the order still waits for that."""
    said = texts(language)
    return _template("words.html").render(**_frame(firm, language, said["noted.heading"]), text=said["noted.text"])


def nothing_page(firm: str, language: str) -> str:
    """For every link that answers no order, all alike."""
    said = texts(language)
    return _template("words.html").render(**_frame(firm, language, said["nothing.heading"]), text=said["nothing.text"])


def _frame(firm: str, language: str, heading: str) -> dict[str, object]:
    known = language if language in LANGUAGES else "en"
    return {
        "language": known,
        "say": texts(known),
        "firm": firm,
        "heading": heading,
        "stylesheets": (BOARD_STYLESHEET, STYLESHEET),
    }


@cache
def _template(name: str) -> Template:
    loader = PackageLoader("upheld.faces.site.recipients", "texts")
    return Environment(loader=loader, autoescape=select_autoescape(default=True), undefined=StrictUndefined).get_template(name)
