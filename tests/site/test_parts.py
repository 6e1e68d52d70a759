"""What the pages are put together from: a notice taken apart, who answers, tables in words."""

from __future__ import annotations

from dataclasses import replace

from tests.board import larkspur
from tests.estate.test_draw import estate_of, sources
from upheld.faces.site.notice_parts import Contact, contacts_of, parts_of
from upheld.faces.site.table_words import stores_in_words
from upheld.language.notice import parse, render_html

SOURCE = """# Privacy of *Larkspur* & friends

Before everything. {#open.1 .informs}

## Whom we tell

Nobody. {#tell.1 .informs}

## Your rights

You may ask. {#rights.1 .informs}
"""
ROSTER = """
- role: support
  email: help@example.test
- role: privacy-lead
  name: Maeve Orr
  email: privacy@example.test
  phone: +353 91 000 000
"""


def test_the_title_moves_to_the_head_and_no_other_word_is_touched() -> None:
    fragment = render_html(parse(SOURCE, "notice.md"))
    parts = parts_of(fragment)
    assert parts.title == "Privacy of Larkspur &amp; friends"
    assert "<h1" not in parts.body
    assert fragment.replace("<h1>Privacy of <em>Larkspur</em> &amp; friends</h1>\n", "") == parts.body


def test_each_section_of_the_index_leads_to_a_place_on_the_page() -> None:
    parts = parts_of(render_html(parse(SOURCE, "notice.md")))
    assert [title for _, title in parts.sections] == ["Whom we tell", "Your rights"]
    assert all(f'id="{anchor}"' in parts.body for anchor, _ in parts.sections)


def test_a_fragment_without_headings_is_all_body() -> None:
    assert parts_of("<p>x</p>").body == "<p>x</p>" and not parts_of("<p>x</p>").sections


def test_the_officer_answers_first_whichever_way_the_roster_is_written() -> None:
    version = replace(larkspur.program().notices[0], officer="privacy-lead")
    lead = Contact("privacy lead", "Maeve Orr", "privacy@example.test", "+353 91 000 000")
    assert contacts_of(ROSTER, version) == (lead, Contact("support", email="help@example.test"))
    assert contacts_of("privacy-lead: {name: Maeve Orr}", version) == (Contact("privacy lead", "Maeve Orr"),)
    assert contacts_of("", version) == ()


def test_every_table_is_named_in_words_with_whose_its_rows_are_and_each_column() -> None:
    estate = estate_of(sources(["IE", "DE"]))
    stores = {store.name: store for store in stores_in_words(estate, countries={"IE": "Ireland"})}
    assert stores["people"].says == "SQLite, in Ireland"
    whose = {table.name: table.whose for table in stores["people"].tables}
    assert whose["customers"] == "Each row is one customer; one not classified."
    assert whose["orders"] == "Of customers, by customer_id."
    assert whose["chats"] == "Of customers, by s; of customers, by r; a row may belong to two people."
    assert {"Of the customer with the same e-mail."} <= {table.whose for table in stores["store0"].tables}
    anchors = [table.anchor for store in stores.values() for table in store.tables]
    assert sorted(anchors) == sorted(f"{name}.{table}" for name, store in estate.stores.items() for table in store.tables)
    for store in stores.values():
        for table in store.tables:
            assert [name for name, _ in table.columns] == [c.name for c in estate.table(store.name, table.name).columns]
