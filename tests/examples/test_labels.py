"""Every name that a person reads on her own pages, in the privacy centre or in a letter has a word in her language, for every example."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.examples.firms import EXAMPLES, estate_of, folder_of, program_of
from upheld.engine.estate.model import leaves_of
from upheld.faces.app.declared.labels import check_labels, read_labels
from upheld.faces.app.declared.reading import Declared, text_in
from upheld.faces.app.desk.rights.consenting import affected
from upheld.faces.app.desk.rights.objecting import objectable
from upheld.language.promises.model import AnyOf, Kind, Program

TOLD = {"use": ("for",), "collect": ("from",), "disclose": ("to",)}


def read_by_people(program: Program) -> Iterator[str]:
    """Purposes, sources and recipients of what is done; choices that are offered, and what ends with a no."""
    yield from objectable(program)
    for promise in program.promises:
        if promise.modality != "never" and promise.verb in TOLD:
            tests = (test for test in promise.scope if isinstance(test, AnyOf) and test.key in TOLD[promise.verb])
            yield from (name.id for test in tests for name in test.names)
        if promise.verb == "offer":
            choices = [name.id for name in promise.object if name.kind is Kind.CHOICE]
            yield from choices
            yield from (one for choice in choices for one in affected(program, choice))


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_name_lacks_its_word_in_any_language(name: str) -> None:
    folder = folder_of(name)
    estate = estate_of(name)
    assert estate is not None
    labels = read_labels((folder / "labels.yaml").read_text(encoding="utf-8"))
    wanted = set(read_by_people(program_of(name))) | {
        leaf
        for store in estate.stores.values()
        for table in store.tables.values()
        for column in table.columns
        for leaf in leaves_of(column.role)
    }
    assert len(wanted) > 30
    wanted |= {*estate.stores, *estate.objects}  # the answer to an erasure goes through them
    missing = {
        language: sorted(one for one in wanted if not labels.has(one, language)) for language in ("en", "fr", "de", "es")
    }
    assert missing == {"en": [], "fr": [], "de": [], "es": []}


def test_a_word_of_the_firm_goes_before_that_of_the_language_and_an_id_is_read_aloud() -> None:
    labels = read_labels("choice:\n  newsletter: {de: Rundbrief}\nparty:\n  aws: Amazon Web Services\n")
    assert labels.word("newsletter", "de") == "Rundbrief" and labels.word("newsletter", "fr") == "newsletter"
    assert (
        labels.word("aws", "es") == "Amazon Web Services"
        and labels.word("telephone-number", "fr", first=True) == "Numéro de téléphone"
    )
    assert (
        labels.word("page-viewed", "fr") == "page viewed"
        and not labels.has("page-viewed", "fr")
        and labels.has("page-viewed", "en")
    )


@pytest.mark.parametrize(
    "text",
    [
        "- a list",
        "purpose: x",
        "purpose: {sales: 3}",
        "purpose: {sales: {it: vendite}}",
        "purpose: {sales: {de: ' '}}",
        "purpose: {sales: 2026-13-45}",
        "purpose: " + "[" * 600,
        "purpose: {sales: Vertrieb \udcff}",
        "a: 1\na: 2",
    ],
)
def test_a_file_that_cannot_be_read_so_is_refused(text: str) -> None:
    with pytest.raises(Declared) as wrong:
        read_labels(text)
    assert wrong.value.code == "R243"


def test_a_slip_in_the_file_is_named_by_its_line_and_a_name_said_twice_is_one() -> None:
    for text in ("purpose:\n  sales: {de: Vertrieb}\n  sales: {fr: ventes}\n", "purpose:\n  sales: Vertrieb\n  view: a: b\n"):
        with pytest.raises(Declared, match="line 3") as wrong:
            read_labels(text)
        assert wrong.value.code == "R243" and "Vertrieb" not in wrong.value.reason


def test_a_file_that_is_no_utf8_is_refused_by_its_code(tmp_path: Path) -> None:
    (tmp_path / "labels.yaml").write_bytes("purpose: {sales: Verkäufe}".encode("latin-1"))
    with pytest.raises(Declared, match="R243"):
        read_labels(text_in(tmp_path, "labels.yaml"))


def test_a_word_for_a_name_that_nobody_has_is_a_slip() -> None:
    program = program_of("imqs")
    check_labels("purpose: {viewing: {de: Ansehen}}\nstore: {office: Büro}", program, ["office"])
    check_labels("store: {office: Büro}", program)
    with pytest.raises(Declared) as wrong:
        check_labels("purpose: {veiwing: {de: Ansehen}}", program)
    assert wrong.value.code == "R243" and "veiwing" in wrong.value.reason
