"""An Estate becomes a floor plan as SVG by fixed rules. Same estate, same drawing; the words beside it are the site's.

A country is a house, a store a room, a table a line; children hang under their parent. Paths lead from people to what is theirs
in other places, whole by key and dashed by address, in corridors and through doors only. The drawing holds names of the map
and row estimates. Not taken: a layout by forces; two drawings of one estate could not be compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from upheld.engine.estate.model import Catalogue, Estate, IdentityLink, StoreMap, Table, leaves_of
from upheld.language.diagnostic import counted

HOUSE, WALL, GUTTER, LINE, HEAD, TITLE, GAP, TOP = 352, 16, 120, 30, 50, 42, 28, 24
LANE, LANE_STEP, LANES = 84, 8, 4
MOST_COLUMNS = 3
LONGEST_LABEL = 12  # characters that fit between a wall and the first lane

# The kinds of data as the eye reads them, in the order in which a leaf's words decide.
KINDS: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("Sp", "Special category", frozenset("health medical religion ethnic racial sexual genetic biometric political union disability".split())),
    ("Ch", "About a child", frozenset("child children guardian minor".split())),
    ("Pa", "Payment", frozenset("payment invoice transaction card bank tax financial credit account-number salary income".split())),
    ("De", "Device", frozenset("device browser ip mac agent visitor page browsing link operating usage log cookie tracking".split())),
    ("Lo", "Location", frozenset("location residency gps coordinate travel".split())),
    ("Co", "Contact", frozenset("address email telephone fax contact".split())),
    ("Ph", "Photographs", frozenset("photo photograph picture image video".split())),
    ("Wr", "Own writing", frozenset("writing text message posting document comment communication content".split())),
    ("Pu", "Purchases", frozenset("purchase purchases service order registration subscription interest survey".split())),
    ("Id", "Identity", frozenset(
        "name username identity identifier identifying birth age gender number password question answer proof nationality job employer".split()
    )),
)  # fmt: skip
OTHER = ("Ot", "Other")

MAP_CSS = """\
.map { display: block; height: auto; }
.map text { font-family: var(--sans); font-size: 13px; fill: var(--ink); }
.map .house { fill: var(--paper-2); stroke: var(--ink); stroke-width: 3; }
.map .house.far { stroke-dasharray: 10 5; }
.map .country { font: 600 19px var(--serif); }
.map .room { fill: var(--paper); stroke: var(--ink-2); stroke-width: 1.25; }
.map .room-name { font-weight: 600; font-size: 15px; }
.map .sub { fill: var(--ink-2); font-size: 12.5px; }
.map .sep { stroke: var(--rule); stroke-width: 1; }
.map .branch { stroke: var(--rule-2); stroke-width: 1.25; fill: none; }
.map .path { stroke: var(--link); stroke-width: 2; fill: none; }
.map .path.by-mail { stroke-dasharray: 7 4; }
.map .dot { fill: var(--link); }
.map .door { stroke: var(--paper); stroke-width: 5; }
.map .by { fill: var(--link); font-size: 12.5px; font-weight: 600; }
.map .chip { fill: none; stroke: var(--rule-2); stroke-width: 1; }
.map .chip.broken { stroke: none; fill: var(--broken); }
.map .chip-t { font-size: 11.5px; font-weight: 600; fill: var(--ink-2); text-anchor: middle; }
.map .chip-t.broken { fill: var(--paper); }
.map .rows { text-anchor: end; fill: var(--ink-2); font-variant-numeric: tabular-nums; }
.map a:hover text { text-decoration: underline; }
"""
_TOKENS = """\
svg.map { --sans: -apple-system, "Segoe UI", Inter, Roboto, "Liberation Sans", Arial, sans-serif;
  --serif: Charter, "Charis SIL", Cambria, Georgia, "Liberation Serif", serif; background: var(--paper);
  --paper: #ffffff; --paper-2: #f6f6f4; --ink: #16181b; --ink-2: #4b4f56; --rule: #dadad5; --rule-2: #83878d; --link: #174a94;
  --broken: #b0201a; }
@media (prefers-color-scheme: dark) { svg.map { --paper: #141619; --paper-2: #1c1f23; --ink: #ebe9e4; --ink-2: #bbbdc0; --rule: #353a40;
  --rule-2: #7d838a; --link: #a3c4ff; --broken: #ff998d; } }
"""
_ENGINES = {"postgresql": "PostgreSQL", "sqlite": "SQLite", "mariadb": "MariaDB"}
_FORMS = {"email/1": "e-mail", "phone/1": "telephone"}


def draw(
    estate: Estate,
    catalogue: Catalogue | None = None,
    countries: Mapping[str, str] | None = None,
    area: frozenset[str] | None = None,
    standalone: bool = True,
) -> str:
    """The floor plan as one SVG element. `countries` gives names by code; a country outside `area` is a dashed house.

    `catalogue` adds row estimates. `standalone` carries its own styles (light and dark); otherwise the page must hold
    `MAP_CSS` and its tokens. Tables are links to `#store.table`.
    """
    places = _layout(estate, countries or {}, area)
    paths = list(_paths(estate, places))
    width = max((room.x for room in places.rooms.values()), default=0) + HOUSE
    width = width if not any(path.outer for path in paths) else width + GUTTER
    marks = [f"<style>{_TOKENS}{MAP_CSS}</style>"] if standalone else []
    for house in places.houses:
        marks += _house(house)
    for room in places.rooms.values():
        marks += _room(room, catalogue)
    for path in paths:
        marks += path.doors
    for path in paths:
        marks.append(f'<path class="path{" by-mail" if path.dashed else ""}" d="{path.d}"/>')
    for dot in dict.fromkeys(dot for path in paths for dot in path.dots):
        marks.append(f'<circle class="dot" cx="{dot[0]}" cy="{dot[1]}" r="5"/>')
    for label in dict.fromkeys(path.label for path in paths):
        marks.append(f'<text class="by" x="{label[0]}" y="{label[1]}">{escape(label[2])}</text>')
    said = escape(_ways(estate))
    title = "<title>Where personal data is</title>"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="map" viewBox="0 0 {width} {places.height}" width="{width}" '
        f'height="{places.height}" role="group">{title}<desc>{said}</desc>{"".join(marks)}</svg>'
    )


def _ways(estate: Estate) -> str:
    tables = sum(len(store.tables) for store in estate.stores.values())
    places = len({store.place for store in estate.stores.values()})
    ways: dict[str, list[str]] = {}
    for (table, label), source, target, (name, _) in _identities(estate):
        ways.setdefault(f"From {source}.{table} a path leads {label} to ", []).append(f"{target}.{name}")
    said = [f"{counted(tables, 'table')} in {counted(len(estate.stores), 'store')} and {counted(places, 'country')}."]
    return " ".join([*said, *(start + ", ".join(targets) + "." for start, targets in ways.items())])


def kinds_of_data(estate: Estate) -> tuple[tuple[str, str, int], ...]:
    """(two-letter code, words, number of columns) of every kind of data that occurs, in a fixed order."""
    columns = [column for store in estate.stores.values() for table in store.tables.values() for column in table.columns]
    found = [code for column in columns for code in {_kind(leaf) for leaf in leaves_of(column.role)}]
    return tuple((code, words, found.count(code)) for code, words in _LEGEND if code in found)


def kinds_of_table(table: Table) -> Iterator[tuple[str, str]]:
    """(two-letter code, words) of the kinds of data that a table holds, in the same fixed order."""
    held = {_kind(leaf) for column in table.columns for leaf in leaves_of(column.role)}
    yield from (pair for pair in _LEGEND if pair[0] in held)


_LEGEND = (*sorted(((code, words) for code, words, _ in KINDS), key=lambda pair: pair[1]), OTHER)


def _kind(leaf: str) -> str:
    words = frozenset(leaf.split("-"))
    return next((code for code, _, known in KINDS if words & known), OTHER[0])


def _by(link: IdentityLink) -> str:
    return _FORMS.get(link.form, link.column)


# ---- where things stand -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    depth: int
    under: int  # number of the parent's line, -1 at the top


@dataclass(frozen=True, slots=True)
class _Room:
    store: StoreMap
    x: int
    y: int
    column: int
    lines: tuple[_Line, ...]

    @property
    def height(self) -> int:
        return HEAD + LINE * max(len(self.lines), 1)

    def middle(self, table: str) -> int:
        """The middle of a table's line."""
        at = next(n for n, line in enumerate(self.lines) if line.name == table)
        return self.y + HEAD + LINE * at + LINE // 2


@dataclass(frozen=True, slots=True)
class _House:
    name: str
    x: int
    y: int
    height: int
    far: bool


@dataclass(frozen=True, slots=True)
class _Places:
    houses: tuple[_House, ...]
    rooms: Mapping[str, _Room]
    height: int
    top: int


def _lines(store: StoreMap) -> tuple[_Line, ...]:
    """Tables in the order of the file, each under the first parent that is drawn; a cycle hangs on its first table."""
    children: dict[str, list[str]] = {}
    tops = []
    for name, table in store.tables.items():
        parents = [link.parent for link in table.owning if link.parent in store.tables and link.parent != name]
        if table.root or not parents:
            tops.append(name)
        else:
            children.setdefault(parents[0], []).append(name)
    lines: list[_Line] = []
    seen: set[str] = set()

    tops.sort(key=lambda name: store.tables[name].root is None)
    for first in [*tops, *store.tables]:
        todo = [(first, 0, -1)]
        while todo:
            name, depth, under = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += [(child, min(depth + 1, 5), len(lines)) for child in reversed(children.get(name, []))]
                lines.append(_Line(name, depth, under))
    return tuple(lines)


def _layout(estate: Estate, countries: Mapping[str, str], area: frozenset[str] | None) -> _Places:
    stores: dict[str, list[StoreMap]] = {}
    for store in sorted(estate.stores.values(), key=lambda store: (_rank(store), store.store)):
        stores.setdefault(store.place, []).append(store)
    order = sorted(stores, key=lambda place: (min(map(_rank, stores[place])), countries.get(place, place)))
    corridors = sum(_across(estate, stores, order))
    top = TOP + (GAP + LANE_STEP * min(corridors, LANES) if corridors else 0)
    columns = min(MOST_COLUMNS, len(order)) or 1
    bottoms = [top] * columns
    houses, rooms = [], {}
    for number, place in enumerate(order):
        # The house of the people stands alone at the left; the others fill the shortest column.
        free = [n for n in range(columns) if n > 0 or columns == 1] if number else [0]
        column = min(free, key=lambda n: (bottoms[n], n))
        x, y = WALL + column * (HOUSE + GUTTER), bottoms[column]
        inside = y + TITLE
        for store in stores[place]:
            room = _Room(store, x + WALL, inside, column, _lines(store))
            rooms[store.store] = room
            inside += room.height + WALL
        houses.append(_House(countries.get(place, place), x, y, inside - y, area is not None and place not in area))
        bottoms[column] = inside + GAP
    return _Places(tuple(houses), rooms, max(bottoms) - GAP + WALL, top)


def _rank(store: StoreMap) -> int:
    """Stores with people first, then the others, backups last."""
    if store.kind == "backup":
        return 3
    people = [table for table in store.tables.values() if table.root]
    return 0 if any(not table.identity for table in people) else 1 if people else 2


def _across(estate: Estate, stores: Mapping[str, list[StoreMap]], order: list[str]) -> Iterator[int]:
    """One for each pair of houses far enough apart that a path needs the upper corridor."""
    if len(order) > 2:
        for _, source, target, _ in _identities(estate):
            yield int(estate.stores[source].place != estate.stores[target].place)


def _identities(estate: Estate) -> Iterator[tuple[tuple[str, str], str, str, tuple[str, IdentityLink]]]:
    """((store's root table, label), its store, the target's store, (table, link)) of every identity link, in order of name."""
    sources: dict[tuple[str, str], tuple[str, str]] = {}
    for store in sorted(estate.stores.values(), key=lambda store: (_rank(store), store.store)):
        for table in store.tables.values():
            for identifier in table.identifies:
                sources.setdefault((table.root or "", identifier.form), (store.store, table.name))
    for name in sorted(estate.stores):
        for table in estate.stores[name].tables.values():
            for link in table.identity:
                source = sources.get((link.kind, link.form))
                if source and source != (name, table.name):
                    yield (source[1], f"by {_by(link)}"), source[0], name, (table.name, link)


# ---- paths ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Path:
    d: str
    dashed: bool
    dots: tuple[tuple[int, int], ...]
    doors: tuple[str, ...]
    label: tuple[int, int, str]
    outer: bool  # uses the corridor right of the last column


def _paths(estate: Estate, places: _Places) -> Iterator[_Path]:
    groups: dict[tuple[str, str, str], int] = {}
    last = max((room.column for room in places.rooms.values()), default=0)
    for (table, label), source, target, (name, link) in _identities(estate):
        lane = groups.setdefault((source, table, label), len(groups)) % LANES
        yield _path(places, places.rooms[source], table, places.rooms[target], name, link, lane, last, label)


def _path(
    places: _Places, start: _Room, table: str, end: _Room, name: str, link: IdentityLink, lane: int, last: int, label: str
) -> _Path:  # fmt: skip
    y1, y2 = start.middle(table), end.middle(name)
    y1 += (0, 8, -8, 4)[lane]
    leftward = end.column < start.column
    # A path leaves by the wall nearest to its target, and comes back in by the wall it meets first.
    x1, out = _wall(start, right=not leftward)
    same = end.column == start.column
    x2, in_ = _wall(end, right=same or leftward)
    first = _lane_x(start.column if not leftward else start.column - 1, lane)
    near = same or abs(end.column - start.column) == 1
    second = first if near else _lane_x(end.column - 1 if not leftward else end.column, lane)
    top = places.top - GAP // 2 - LANE_STEP * lane
    way = f"M{x1} {y1}H{first}V{y2}H{x2}" if near else f"M{x1} {y1}H{first}V{top}H{second}V{y2}H{x2}"
    doors = tuple(
        f'<line class="door" x1="{x}" y1="{y - 7}" x2="{x}" y2="{y + 7}"/>' for wall, y in ((out, y1), (in_, y2)) for x in wall
    )  # fmt: skip
    label = label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"
    at = (out[1] + 6 if not leftward else out[1] - LANE + 6, y1 - 7 if lane != 1 else y1 + 16, label)
    return _Path(way, link.form != "exact/1", ((x1, y1), (x2, y2)), doors, at, same and start.column == last)


def _wall(room: _Room, right: bool) -> tuple[int, tuple[int, int]]:
    """Where a path meets the room, and the two walls (room's, house's) it passes."""
    inner = room.x + HOUSE - 2 * WALL if right else room.x
    return inner, (inner, inner + WALL if right else inner - WALL)


def _lane_x(column: int, lane: int) -> int:
    return WALL + column * (HOUSE + GUTTER) + HOUSE + LANE + LANE_STEP * lane


# ---- ink --------------------------------------------------------------------------------------------------------------


def _house(house: _House) -> list[str]:
    far = " far" if house.far else ""
    return [
        f'<rect class="house{far}" x="{house.x}" y="{house.y}" width="{HOUSE}" height="{house.height}"/>',
        f'<text class="country" x="{house.x + WALL}" y="{house.y + 28}">{escape(house.name)}</text>',
    ]


def _room(room: _Room, catalogue: Catalogue | None) -> list[str]:
    store, width = room.store, HOUSE - 2 * WALL
    kind = {"primary": "", "derived": ", a copy", "backup": ", backups"}[store.kind]
    sub = f"{_ENGINES[store.engine]}{kind}, {'at ' + store.handled_by if store.handled_by else 'our own'}"
    marks = [
        f'<rect class="room" x="{room.x}" y="{room.y}" width="{width}" height="{room.height}"/>',
        f'<text class="room-name" x="{room.x + 14}" y="{room.y + 22}">{escape(store.store)}</text>',
        f'<text class="sub" x="{room.x + 14}" y="{room.y + 39}">{escape(sub)}</text>',
    ]
    live = catalogue.stores.get(store.store) if catalogue else None
    for number, line in enumerate(room.lines):
        found = live.tables.get(store.tables[line.name].live_name) if live else None
        marks += _table(room, number, line, None if found is None else found.estimate)
    return marks


def _table(room: _Room, number: int, line: _Line, rows: int | None) -> list[str]:
    table = room.store.tables[line.name]
    y = room.y + HEAD + LINE * number
    x = room.x + 14 + 18 * line.depth
    marks = [f'<line class="sep" x1="{room.x + 1}" y1="{y}" x2="{room.x + HOUSE - 2 * WALL - 1}" y2="{y}"/>']
    if line.under >= 0:
        above = room.y + HEAD + LINE * line.under + 25
        marks.append(f'<path class="branch" d="M{x - 13} {above}V{y + 15}H{x - 4}"/>')
    most = (24 if rows is None else 19) - 2 * line.depth - (2 if len(table.shared) > 1 else 0)
    shown = line.name if len(line.name) <= most else line.name[: most - 1] + "…"
    link = f"{room.store.store}.{line.name}"
    marks.append(f'<a href="#{escape(link, quote=True)}"><text x="{x}" y="{y + 20}">{escape(shown)}</text></a>')
    if len(table.shared) > 1:
        rings = x + 14 + 7 * len(shown)
        marks.append(
            f'<g class="branch"><circle cx="{rings}" cy="{y + 15}" r="5"/><circle cx="{rings + 6}" cy="{y + 15}" r="5"/></g>'
        )  # fmt: skip
    if rows is not None:
        marks.append(f'<text class="rows" x="{room.x + 216}" y="{y + 20}">{rows:,}</text>')
    return marks + _chips(room.x + 224, y + 6, table)


def _chips(x: int, y: int, table: Table) -> list[str]:
    codes = [code for code, _ in kinds_of_table(table)]
    codes = codes if len(codes) <= 3 else [*codes[:2], "…"]
    if table.undetermined:
        codes = [*codes[:2], "?"]
    marks = []
    for number, code in enumerate(codes):
        at, broken = x + 29 * number, " broken" if code == "?" else ""
        marks.append(f'<rect class="chip{broken}" x="{at}" y="{y}" width="25" height="18" rx="2"/>')
        marks.append(f'<text class="chip-t{broken}" x="{at + 12}.5" y="{y + 13}">{code}</text>')
    return marks
