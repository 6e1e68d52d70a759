"""Letters: nothing missing in any language, nothing that the law wants left out, nothing in them that looks back."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.messages.writing import AUTHORITY, FIRM, INES, SITE, TODAY, VALUES, letter, values_of
from upheld.duties.messages import Letter, MessageFault, compose, to_pdf
from upheld.duties.messages.letters.catalogue import LANGUAGES, placeholders, texts
from upheld.duties.messages.letters.model import letter_from_json, letter_to_json
from upheld.duties.messages.letters.placed import whom_to_complain_to
from upheld.duties.messages.letters.templates import contents, templates
from upheld.language.law import load_law
from upheld.language.promises.model import Citation

KINDS = tuple(templates())
REGIMES = tuple(load_law().regimes)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "letters.md"
HEAD = "## Every kind\n"


@pytest.fixture(scope="module")
def every() -> list[Letter]:
    """Each kind in each language, with all that it may hold."""
    return [letter(kind, language) for kind in KINDS for language in LANGUAGES]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_and_none_is_left_over(language: str) -> None:
    assert set(texts(language)) == set(texts("en"))
    assert all(text.strip() for text in texts(language).values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_takes_the_same_values_in_every_language(language: str) -> None:
    differing = {id for id, text in texts(language).items() if placeholders(text) != placeholders(texts("en")[id])}
    assert differing == set()


def test_texts_are_translated_and_not_copied() -> None:
    same = {
        id
        for id, text in texts("en").items()
        if len(text) > 20 and any(texts(other)[id] == text for other in LANGUAGES if other != "en")
    }
    assert same == set()


def test_every_text_is_used_by_a_letter_a_law_or_a_right() -> None:
    named = {
        part
        for form in templates().values()
        for slot in form.slots
        for part in (slot.name, slot.small, slot.head, *slot.columns)
    }
    named |= {text for form in templates().values() for text in (form.subject, form.title, form.reference)}
    for law in ("acknowledgement", "refusal", "extension"):
        named |= {text for content in contents(law).values() for text in (*content.says, *content.optional.values())}
    named |= {
        "greeting",
        "greeting.nobody",
        "order.greeting",
        "reference.of",
        "cite",
        "article",
        "recital",
        "ledger",
        "ledger.check",
        "no-beacon",
        "right",
    }
    named |= {f"law.{regime}" for regime in REGIMES}
    letters = {re.split("[/@]", id)[0] for id in texts("en") if not id.startswith("say.")}
    assert letters <= named
    assert {f"law.{regime}" for regime in REGIMES} <= set(texts("en")), "every regime has a name in words"


def test_a_letter_needs_all_that_its_kind_needs() -> None:
    for kind, form in templates().items():
        for name in form.needs:
            given = {key: value for key, value in values_of(kind).items() if key != name}
            with pytest.raises(MessageFault, match=rf"R401.*`{name}`"):
                compose(kind, given, "eu-gdpr", "en", firm=FIRM, to=INES, today=TODAY, country="IE")


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_with_only_what_it_needs_is_a_letter(kind: str) -> None:
    made = compose(kind, values_of(kind, most=False), "eu-gdpr", "de", firm=FIRM, to=INES, today=TODAY, country="IE")
    assert made.parts and "{" not in made.text


def test_a_value_that_the_kind_does_not_take_is_not_dropped_in_silence() -> None:
    with pytest.raises(MessageFault, match=r"R402.*`anser_by`"):
        letter("acknowledgement", anser_by=TODAY)


@pytest.mark.parametrize(
    ("kind", "regime", "language"), [("greeting", "eu-gdpr", "en"), ("refusal", "moon", "en"), ("refusal", "eu-gdpr", "xx")]
)
def test_what_no_letter_knows_is_named(kind: str, regime: str, language: str) -> None:
    with pytest.raises(MessageFault, match="R402"):
        compose(kind, values_of("refusal"), regime, language, firm=FIRM, to=INES, today=TODAY)


def test_every_content_that_any_law_wants_is_known() -> None:
    for regime in load_law().regimes.values():
        assert {fact.value for fact in regime.refusal} <= set(contents("refusal")), regime.id
        for clock in regime.clocks.values():
            assert set(clock.must_state) <= set(contents("acknowledgement")), (regime.id, clock.id)
            assert clock.extension is None or set(clock.extension.must_state) <= set(contents("extension")), (
                regime.id,
                clock.id,
            )


@pytest.mark.parametrize("regime", REGIMES)
def test_a_refusal_under_any_law_says_reasons_law_and_the_way_to_complain(regime: str) -> None:
    made = letter("refusal", "en", regime)
    assert str(VALUES["reasons"]) in " ".join(made.text.split()) and "Article 17(3)(e)" in made.text
    assert AUTHORITY.name in made.text and AUTHORITY.address[0] in made.text


def test_a_refusal_without_what_its_law_wants_is_no_letter() -> None:
    given = {name: value for name, value in values_of("refusal").items() if name != "authority"}
    with pytest.raises(MessageFault, match="R404"):
        compose("refusal", given, "eu-gdpr", "en", firm=FIRM, to=INES, today=TODAY, country="XX")
    known = compose("refusal", given, "eu-gdpr", "en", firm=FIRM, to=INES, today=TODAY, country="IE")
    assert "Data Protection Commission" in known.text and "address of Data Protection Commission (DPC)" in known.unconfirmed
    for regime, name in (("us-state-generic", "appeal"), ("za-popia", "cites"), ("us-ca-ccpa", "cites")):
        lacking = {key: value for key, value in values_of("refusal").items() if key != name}
        with pytest.raises(MessageFault, match=r"R40[13]"):
            compose("refusal", lacking, regime, "en", firm=FIRM, to=INES, today=TODAY)


def test_each_law_says_its_own() -> None:
    assert "go to court" in letter("refusal", "en", "eu-gdpr").text
    assert (
        "That is an appeal" in letter("refusal", "en", "us-state-generic").text
        and "go to court" not in letter("refusal", "en", "us-state-generic").text
    )
    assert "What no exception covers is erased" in " ".join(letter("refusal", "en", "us-ca-ccpa").text.split())
    assert "What no exception covers" not in letter("refusal", "en", "us-ca-ccpa", right="access").text
    assert "21 December 2026" in letter("refusal", "en", "ca-qc-law25", complaint_by="").text, (
        "thirty days to go to the Commission"
    )
    assert "complain to us first" in " ".join(letter("refusal", "en", "uk-gdpr-pecr").text.split())
    california = " ".join(letter("acknowledgement", "en", "us-ca-ccpa").text.split())
    assert "comparing what you tell us" in california and "We find your data in every system" in california
    assert "Our steps" not in letter("acknowledgement", "en", "eu-gdpr").text


def test_what_a_wait_does_to_the_clock_is_the_laws_own() -> None:
    assert "stands still" in letter("more-identity", "en", "eu-gdpr").text
    assert "begins when we have it" in letter("more-identity", "en", "uk-gdpr-pecr").text
    assert "runs on meanwhile" in letter("more-identity", "en", "us-ca-ccpa").text


def test_a_law_that_gives_no_more_time_gives_no_letter_for_it() -> None:
    with pytest.raises(MessageFault, match=r"R403.*no longer time"):
        letter("extension", "en", "ca-qc-law25")
    with pytest.raises(MessageFault, match="R403"):
        compose(
            "acknowledgement",
            {name: VALUES[name] for name in ("number", "right", "received")},
            "us-ca-ccpa",
            "en",
            firm=FIRM,
            to=INES,
            today=TODAY,
        )


def test_citations_are_written_out_and_what_nobody_saw_is_told_to_the_desk() -> None:
    fact = next(fact for fact in load_law().regimes["eu-gdpr"].withheld["erasure"] if fact.value == "legal-claims")
    made = letter("refusal", "de", cites=[fact, Citation("GDPR", "18(1)", confirmed=False), "§ 257 HGB"])
    assert "Datenschutz-Grundverordnung, Artikel 17(3)(e) · Datenschutz-Grundverordnung, Artikel 18(1) · § 257 HGB" in " ".join(
        made.text.split()
    )
    assert "GDPR 18(1)" in made.unconfirmed


def test_a_letter_about_several_rights_names_them_all() -> None:
    rights = ("access", "erasure", "rectification")
    assert (
        letter(rights=rights).title
        == "We have your request to see your data and have a copy, to erase your data and to correct your data"
    )
    assert (
        letter(language="de", rights=rights[1:]).title
        == "Wir haben Ihren Antrag auf Löschung Ihrer Daten und auf Berichtigung Ihrer Daten"
    )
    assert letter(language="fr", rights=rights[1:]).title.endswith("d’effacer vos données et de rectifier vos données")
    assert letter(language="es", rights=rights[1:]).title.endswith("de suprimir sus datos y de rectificar sus datos")


def test_citations_in_short_are_written_out() -> None:
    made = letter(
        "refusal",
        "fr",
        cites=["GDPR 17(3)(b)", "UK GDPR Art. 12(5)", "Art. 17(3)(e)", "CCPA 1798.105(d)", "Code de commerce, L123-22"],
    )
    said = " ".join(made.text.split())
    assert "Règlement général sur la protection des données, article 17(3)(b) · Règlement" in said
    assert "du Royaume-Uni, article 12(5)" in said and "(CCPA), 1798.105(d) · Code de commerce, L123-22" in said


def test_words_of_ours_are_said_in_the_letters_language() -> None:
    done = [("Shop", {"say": "rows-erased", "count": 1}), ("Blog", {"say": "rows-erased", "count": 1404})]
    kept = [("Invoices", "2031-12-31", {"say": "ground/legal-claims"})]
    german = letter("answer-partial", "de", done=done, kept=kept, reasons=[{"say": "ground/legal-claims"}]).text
    assert "Ein Eintrag gelöscht" in german and "1.404 Einträge gelöscht" in german and "31. Dezember 2031" in german
    assert german.count("Rechtsansprüche geltend zu machen") == 2
    asked = letter("more-identity", "es", asked_for=[{"say": "proof/address"}, {"say": "proof/library-card"}]).text
    assert "- Algo que muestre dónde vive" in asked and "- library card" in asked


def test_every_ground_on_which_a_law_lets_us_say_no_has_a_sentence() -> None:
    grounds = {fact.value for regime in load_law().regimes.values() for facts in regime.withheld.values() for fact in facts}
    assert {f"say.ground/{ground}" for ground in grounds} <= set(texts("en"))


@pytest.mark.parametrize(
    ("language", "day", "long"),
    [
        ("en", "2 December 2026", "Wednesday 2 December 2026"),
        ("fr", "2 décembre 2026", "mercredi 2 décembre 2026"),
        ("de", "2. Dezember 2026", "Mittwoch, 2. Dezember 2026"),
        ("es", "2 de diciembre de 2026", "miércoles, 2 de diciembre de 2026"),
    ],
)
def test_days_are_written_as_the_language_writes_them(language: str, day: str, long: str) -> None:
    assert long in letter("acknowledgement", language).text
    assert day in letter("extension", language).text
    assert "19:41 UTC" in letter("acknowledgement", language).text
    if language == "fr":
        assert "mardi 1er décembre 2026" in letter("more-content", "fr").text


class Reader(HTMLParser):
    """Every address that an e-mail would fetch or show, and every element in it."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.links: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name == "href"}


def test_no_letter_in_any_language_fetches_anything_or_reports_back(every: list[Letter]) -> None:
    allowed = {value for value in VALUES.values() if isinstance(value, str) and value.startswith(SITE)}
    for made in every:
        reader = Reader()
        reader.feed(made.html)
        assert reader.links <= allowed, made.kind
        assert not reader.elements & {
            "img",
            "script",
            "link",
            "iframe",
            "object",
            "embed",
            "form",
            "audio",
            "video",
            "svg",
            "base",
        }
        assert reader.attributes <= {"href", "lang", "charset", "name", "content", "class", "scope"}
        assert not re.search(r"url\(|@import|src=|background=", made.html), made.kind
        assert set(re.findall(r"https?://[^\s<\"]+", made.html)) <= allowed


def test_text_and_html_say_the_same(every: list[Letter]) -> None:
    for made in every:
        shown = set(re.sub(r"[-\s]+", " ", re.sub(r"(?s)<style>.*?</style>|<[^>]+>", " ", made.html)).split())
        for part in made.parts:
            for words in (part.text, *part.items, *(cell for row in part.rows for cell in row)):
                assert " ".join(words.split()) in " ".join(made.text.split()) or part.form in ("table", "list"), (
                    made.kind,
                    words,
                )
                assert {word for word in words.split() if word.isalpha()} <= shown, (made.kind, words)


HOSTILE = '<img src=x onerror=alert(1)> #image("x") $a$ *b* \u202eevil\u200b {number} =1+1 & "q"'


def test_markup_in_what_people_wrote_is_harmless_in_text_html_and_pdf() -> None:
    made = letter(
        "answer-partial", "en", to=(HOSTILE, "ines@example.test"), reasons=HOSTILE, refused=[HOSTILE], done=[(HOSTILE, HOSTILE)]
    )
    assert "<img" not in made.html and "&lt;img" in made.html
    assert "\u202e" not in made.text and "\u200b" not in made.html
    assert "{number}" in made.text, "braces in a value are no placeholder"
    assert to_pdf(made).startswith(b"%PDF-")
    assert made.greeting == "Good day,", "what is no name is not greeted"


@pytest.mark.parametrize("name", ["Win at spam.example.test now", "http://x.test", "Call 0900 123 456", "Dear friend " * 9])
def test_a_name_that_is_a_message_is_not_greeted(name: str) -> None:
    assert letter(to=(name, "ines@example.test")).greeting == "Good day,"


@pytest.mark.parametrize("name", ["Ines Carvalho", "Žofie d’Arc-Müller", "李小龍", "O'Neill, Siobhán", "محمد علي"])
def test_names_of_all_the_world_are_greeted(name: str) -> None:
    made = letter(to=(name, "x@example.test"))
    assert made.greeting == f"Dear {name},"
    assert to_pdf(made).startswith(b"%PDF-")


def test_a_line_break_in_a_name_makes_no_header_and_no_line() -> None:
    made = letter("acknowledgement", number="R-1\r\nBcc: all@example.test")
    assert "\n" not in made.subject and "\r" not in made.subject


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "http://larkspur.example.test/x",
        "https://",
        "ftp://x.test",
        "https://a.test/ b",
        'https://a.test/"',
    ],
)
def test_a_link_is_https_or_no_link(link: str) -> None:
    with pytest.raises(MessageFault, match="R402"):
        letter("acknowledgement", status_link=link)


def test_a_letter_comes_back_from_its_json_as_it_was(every: list[Letter]) -> None:
    assert [letter_from_json(letter_to_json(made)) for made in every] == every


@pytest.mark.parametrize("kind", ["acknowledgement", "refusal", "order-rectification"])
def test_an_ordinary_letter_is_one_page_tagged_for_screen_readers(kind: str) -> None:
    made = to_pdf(letter(kind, "de"))
    assert b"pdfuaid:part" in made and b"/StructTreeRoot" in made
    assert len(re.findall(rb"/Type\s*/Page\b", made)) == 1


def test_whom_to_complain_to_is_known_at_every_home_and_an_unseen_address_is_named_to_the_desk() -> None:
    union = load_law().regimes["eu-gdpr"]
    assert (
        union.home is not None
        and [country for country in union.home.value if not whom_to_complain_to([union], country, "")] == []
    )
    assert whom_to_complain_to([union], "", "") == ()
    assert [one.name for one in whom_to_complain_to([union], "BR", "IE")] == ["Data Protection Commission (DPC)"]
    assert [
        len(whom_to_complain_to([load_law().regimes[id]], "", "")) for id in ("uk-gdpr-pecr", "us-ca-ccpa", "ca-pipeda")
    ] == [
        1,
        2,
        1,
    ]


def test_a_letter_names_each_authority_with_the_way_to_it_and_says_which_of_it_nobody_has_seen() -> None:
    given = {name: value for name, value in values_of("refusal").items() if name != "authority"}
    made = compose("refusal", given, "us-ca-ccpa", "en", firm=FIRM, to=("Ada",), today=TODAY)
    text = " ".join(made.text.split())
    assert "complain to California Privacy Protection Agency (CalPrivacy) or Attorney General of California" in text
    assert "cppa.ca.gov" in text and "oag.ca.gov" in text
    assert [one for one in made.unconfirmed if "Attorney General" in one] and not [
        one for one in made.unconfirmed if "CalPrivacy" in one
    ]


def test_what_was_asked_came_on_a_day_and_what_ends_has_its_hour() -> None:
    made = letter("acknowledgement", received=datetime(2026, 11, 2, 23, 30, tzinfo=UTC))
    assert "reached us on 2 November 2026. Its number" in made.text and "19:41 UTC" in made.text
    assert made.reference == "Request R-0418, of 2 November 2026"


def test_the_role_of_who_signs_is_said_in_the_letters_language() -> None:
    firm = replace(FIRM, role="data protection officer")
    made = compose("prove-email", values_of("prove-email"), "eu-gdpr", "de", firm=firm, to=INES, today=TODAY)
    assert made.firm.role == "Datenschutzbeauftragte Person"
    assert letter("prove-email", "de").firm.role == FIRM.role, "what no text knows stays"


def test_the_firms_name_stands_once_over_its_address() -> None:
    firm = replace(FIRM, address=("LARKSPUR SEEDS", *FIRM.address))
    made = compose("prove-email", values_of("prove-email"), "eu-gdpr", "en", firm=firm, to=INES, today=TODAY)
    assert made.firm.address == FIRM.address


def test_a_moment_is_written_in_the_zone_that_is_asked_for() -> None:
    from zoneinfo import ZoneInfo

    given = values_of("prove-email") | {"prove_until": datetime(2026, 11, 4, 19, 41, tzinfo=UTC)}
    made = compose("prove-email", given, "eu-gdpr", "en", firm=FIRM, to=INES, today=TODAY, zone=ZoneInfo("Europe/Berlin"))
    assert "4 November 2026, 20:41 CET" in made.text


def sections() -> str:
    """The part of docs/letters.md that lists the kinds, each with its values and an example."""
    lines = []
    for kind, form in templates().items():
        made = letter(kind)
        lines += [
            f"### `{kind}`",
            "",
            f"Needs {_names(form.needs)}." + (f" May have {_names(form.may)}." if form.may else ""),
            "",
        ]
        text = made.text.partition(made.title)[2].partition(FIRM.signed_by + "\n" + FIRM.role)[0]
        lines += ["```text", f"Subject: {made.subject}", "", made.title, "", text.strip(), "```", ""]
    return "\n".join(lines)


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def test_the_page_of_letters_shows_every_kind_as_it_is_sent() -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(HEAD)
    said = rest.partition("### ")[0]
    if os.environ.get("UPHELD_RECORD"):
        PAGE.write_text(before + HEAD + said + sections(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == before + HEAD + said + sections(), "UPHELD_RECORD=1 writes it anew"


def test_dates_of_the_examples_are_days() -> None:
    assert all(isinstance(VALUES[name], date | str) for name in VALUES if name.endswith(("_on", "_by", "_until", "_day")))
