"""The estate as a picture: same estate, same drawing; nothing overlaps; paths keep to corridors; the words say all."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from upheld.engine.estate.draw import MAP_CSS, draw, kinds_of_data
from upheld.engine.estate.from_yaml import read_estate

EXAMPLE = Path(__file__).parents[2] / "examples" / "qualer" / "estate"
SVG = "{http://www.w3.org/2000/svg}"
PEOPLE = """  customers:
    root: customer
    key: [id]
    identifies: {email: {form: email/1, names: one}, number: {form: exact/1, names: one}}
    columns: {id: key, name: name, email: email-address, number: customer-number, "<b>": undetermined}
  orders:
    key: [id]
    links: {customer_id: {owning: customers}}
    columns: {id: key, customer_id: key, item: purchase}
  lines:
    key: [id]
    links: {order_id: {owning: orders}, again: {owning: lines}}
    columns: {id: key, order_id: key, again: key, item: purchase}
  chats:
    key: [id]
    links: {s: {owning: customers, as: sender}, r: {owning: customers, as: reader}}
    shared: {sender: {access: full, erasure: keep}, reader: {access: full, erasure: keep}}
    columns: {id: key, s: key, r: key, body: {free-text: review}}
"""
OTHERS = """  readers:
    key: [id]
    links: {email: {identity: customer, form: email/1}}
    columns: {id: key, email: email-address}
  bills:
    key: [id]
    links: {number: {identity: customer, form: exact/1}}
    columns: {id: key, number: customer-number, total: invoice}
"""


def head(store, place):
    return f"store: {store}\nengine: sqlite\nurl: env:X\nplace: {place}\nkind: primary\ntables:\n"


def sources(countries):
    """People in the first country; a store with readers and bills in each."""
    files = {"people.yaml": head("people", countries[0]) + PEOPLE}
    return files | {f"{n}.yaml": head(f"store{n}", place) + OTHERS for n, place in enumerate(countries)}


def estate_of(files):
    estate, findings = read_estate(files)
    assert findings == ()
    return estate


def rectangles(svg, name):
    found = [rect for rect in ElementTree.fromstring(svg).iter(f"{SVG}rect") if rect.get("class").split()[0] == name]
    return [tuple(int(rect.get(side)) for side in ("x", "y", "width", "height")) for rect in found]


def segments(svg):
    for path in ElementTree.fromstring(svg).iter(f"{SVG}path"):
        if path.get("class").startswith("path"):
            moves = re.findall(r"([MHV])(-?\d+)(?: (-?\d+))?", path.get("d"))
            x, y = int(moves[0][1]), int(moves[0][2])
            for kind, to, _ in moves[1:]:
                before = (x, y)
                x, y = (int(to), y) if kind == "H" else (x, int(to))
                yield *before, x, y


COUNTRIES = [["IE"], ["IE", "DE"], ["IE", "DE", "NL"], ["IE", "DE", "NL", "US", "FR"], ["US", "IE", "IE", "US", "DE"]]


@pytest.mark.parametrize("countries", COUNTRIES)
def test_the_same_estate_gives_the_same_drawing_in_any_order_of_files(countries):
    files = sources(countries)
    assert draw(estate_of(files)) == draw(estate_of(dict(reversed(files.items()))))


@pytest.mark.parametrize("countries", COUNTRIES)
def test_houses_and_rooms_never_overlap_and_lie_inside_the_picture(countries):
    svg = draw(estate_of(sources(countries)))
    root = ElementTree.fromstring(svg)
    for name in ("house", "room"):
        boxes = rectangles(svg, name)
        for at, (x, y, w, h) in enumerate(boxes):
            assert x >= 0 and x + w <= int(root.get("width")) and y >= 0 and y + h <= int(root.get("height"))
            for x2, y2, w2, h2 in boxes[at + 1 :]:
                assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
    assert len(rectangles(svg, "house")) == len(set(countries))
    assert len(rectangles(svg, "room")) == len(countries) + 1


@pytest.mark.parametrize("countries", COUNTRIES)
def test_paths_pass_no_room_and_cross_walls_only_at_doors(countries):
    svg = draw(estate_of(sources(countries)))
    rooms = rectangles(svg, "room")
    doors = {
        (int(line.get("x1")), int(line.get("y1")) + 7)
        for line in ElementTree.fromstring(svg).iter(f"{SVG}line")
        if line.get("class") == "door"
    }
    walked = list(segments(svg))
    assert walked
    for x1, y1, x2, y2 in walked:
        for x, y, w, h in rooms:
            crosses_x = min(x1, x2) < x + w and max(x1, x2) > x
            crosses_y = min(y1, y2) < y + h and max(y1, y2) > y
            assert not (crosses_x and crosses_y), "a path leads through a room"
        for x, y, w, h in rectangles(svg, "house"):
            for wall in (x, x + w):
                if y1 == y2 and min(x1, x2) < wall < max(x1, x2) and y < y1 < y + h:
                    assert (wall, y1) in doors


def test_every_table_is_drawn_once():
    estate = estate_of(sources(["IE", "DE"]))
    links = [a.get("href") for a in ElementTree.fromstring(draw(estate)).iter(f"{SVG}a")]
    tables = [f"#{name}.{table}" for name, store in estate.stores.items() for table in store.tables]
    assert sorted(links) == sorted(tables)


def test_names_of_the_map_are_escaped_and_a_path_by_key_is_whole():
    svg = draw(estate_of({"a.yaml": head("a&b", "IE") + PEOPLE.replace("  orders:", '  "<script>":') + OTHERS}))
    assert "<script" not in svg and "&lt;script&gt;" in svg and "a&amp;b" in svg
    assert 'class="path"' in svg and 'class="path by-mail"' in svg


def test_a_country_outside_the_area_is_dashed_and_an_unclassified_column_marked():
    svg = draw(estate_of(sources(["IE", "US"])), area=frozenset({"IE"}))
    assert svg.count('class="house far"') == 1
    assert svg.count('class="chip broken"') == 1


def test_a_page_may_bring_its_own_styles_and_the_drawing_has_no_inline_style():
    estate = estate_of(sources(["IE"]))
    assert "<style>" in draw(estate) and "prefers-color-scheme: dark" in draw(estate)
    embedded = draw(estate, standalone=False)
    assert "<style" not in embedded and "style=" not in embedded
    used = {name for names in re.findall(r'class="([^"]+)"', embedded) for name in names.split()}
    assert {name for name in used if f".{name}" not in MAP_CSS} == set()


def test_kinds_of_data_are_counted_by_column():
    counts = {code: n for code, _, n in kinds_of_data(estate_of(sources(["IE"])))}
    assert counts == {"Co": 2, "Id": 3, "Pa": 1, "Pu": 2, "Wr": 1}


def test_the_example_firm_is_drawn():
    estate = estate_of({str(path): path.read_text() for path in EXAMPLE.glob("*.yaml")})
    assert draw(estate).count("<a ") == sum(len(store.tables) for store in estate.stores.values())
