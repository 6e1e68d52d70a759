"""The generated worlds themselves: readable, loadable, varied; and the oracle's own algebra over them."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path

import pytest

from tests.oracle.case import Subject
from tests.oracle.compare import differences
from tests.oracle.databases import create, dump, reflected, sorted_rows
from tests.oracle.generate import EVERY, FEATURES, Shape, World, generate
from tests.oracle.hard import HARD
from tests.oracle.oracle import access, erase
from upheld.engine.estate.check import check_estate
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Estate, LiveTable

PAIRS = (("postgresql", "sqlite"), ("sqlite", "postgresql"), ("sqlite", "sqlite"), ("postgresql", "postgresql"))
THIRD = (("mariadb", "sqlite"), ("sqlite", "mariadb"), ("mariadb", "postgresql"), ("mariadb", "mariadb"))


def shape(seed: int, most: int = 12, hard: bool = True) -> Shape:
    """A shape by plain chance."""
    rng = random.Random(seed)
    features = frozenset(rng.sample(FEATURES, rng.randint(0, most)))
    drawn = Shape(features, rng.choice(PAIRS), rng.randint(2, 5), rng.randint(1, 3), seed)
    more = frozenset(f for f in HARD if rng.random() < 0.2) if hard else frozenset()
    return dataclasses.replace(drawn, features=features | more)


def worlds(count: int) -> list[World]:
    return [generate(shape(seed)) for seed in range(count)]


def without_lines(estate: Estate) -> object:
    """An estate as nested plain values, without file names and line numbers."""

    def strip(value: object) -> object:
        if isinstance(value, dict):
            return {k: strip(v) for k, v in value.items() if k not in ("line", "file", "undetermined")}
        if isinstance(value, list | tuple):
            return [strip(v) for v in value]
        return value

    return strip(dataclasses.asdict(estate))


def test_the_reader_makes_of_the_text_what_the_generator_meant():
    for world in worlds(120):
        estate, findings = read_estate(world.yaml)
        assert findings == ()
        assert without_lines(estate) == without_lines(world.case.estate)


@pytest.mark.parametrize("pair", [*PAIRS[:2], *THIRD[:2]])
def test_a_loaded_world_dumps_as_it_was_made(tmp_path: Path, pair: tuple[str, str]):
    for seed in range(12):
        world = generate(dataclasses.replace(shape(seed), engines=pair))
        found = dump(world.stores, create(world, tmp_path), world.case.catalogue)
        assert differences(found, sorted_rows(world.rows, world.case.catalogue)) == []


@pytest.mark.parametrize("pairs", [PAIRS, THIRD[:2]])
def test_a_scan_sees_what_was_created_and_the_map_passes_its_check(tmp_path: Path, pairs: tuple[tuple[str, str], ...]):
    for n, world in enumerate(worlds(30 if pairs is PAIRS else 12)):
        if pairs is not PAIRS:
            world = generate(dataclasses.replace(world.shape, engines=pairs[n % 2]))
        live = reflected(world, create(world, tmp_path))
        estate, _ = read_estate(world.yaml)
        assert [d for d in check_estate(estate, live) if d.severity == "error"] == []
        for store, meant in world.case.catalogue.stores.items():
            for name, table in meant.tables.items():
                assert _shape_of(live.stores[store].tables[name]) == _shape_of(table)


def _shape_of(table: LiveTable) -> object:
    """What fates depend on."""
    columns = sorted((c.name, c.family, c.nullable, c.length) for c in table.columns)
    keys = sorted((k.columns, k.target, k.target_columns, k.on_delete, k.deferrable) for k in table.foreign_keys)
    return columns, keys, table.primary_key


def test_every_feature_and_every_fate_appears(capsys: pytest.CaptureFixture[str]):
    many = worlds(300)
    seen = {f: sum(f in w.shape.features for w in many) for f in EVERY}
    fates = dict.fromkeys(("delete", "blank", "cut", "kept", "refused", "contested", "ambiguous", "review", "others"), 0)
    for world in many:
        outcome = erase(world.case)
        for fate in outcome.fates.values():
            fates["delete"] += fate.delete
            fates["blank"] += bool(fate.blank)
            fates["cut"] += bool(fate.cut)
            fates["kept"] += bool(fate.keep)
        fates["refused"] += bool(outcome.refused)
        fates["contested"] += bool(outcome.contested)
        fates["ambiguous"] += outcome.ambiguous
        for subject in world.subjects:
            answer = access(world.case, subject)
            fates["review"] += bool(answer.review)
            fates["others"] += bool(answer.others)
    with capsys.disabled():
        print("\ngenerated:", ", ".join(f"{k} {v}" for k, v in (seen | fates).items()))
    assert min(seen.values()) >= 20
    assert min(fates.values()) >= 5


def test_the_oracle_knows_a_subjects_tokens_from_who_wrote_them():
    """Tokens bear whom the generator made them for: an independent witness of whose rows the oracle finds."""
    checked = 0
    for world in worlds(150):
        if erase(world.case).ambiguous:
            continue
        for subject, person in zip(world.subjects, world.asked, strict=True):
            mine = {world.tokens[t] for t in _tokens(world, subject)}
            assert mine <= {person, "firm", "shared", *_partners(world)}, (world.shape, person, mine)
            checked += person in mine
    assert checked > 50


def _partners(world: World) -> set[str]:
    """Whoever may stand in a row of two owners, in a loop of folders, or under a returned order of another."""
    open_to_others = {
        "signups",
        "messages",
        "friends",
        "attachments",
        "folders",
        "docs",
        "returns",
        "letters",
        "clicks",
        "subscribers",
    }
    return set(world.tokens.values()) if open_to_others & {t for _, t in world.rows} - _plain(world) else set()


def _plain(world: World) -> set[str]:
    return set() if "contested" in world.shape.features else {"letters", "clicks", "subscribers"}


def _tokens(world: World, subject: Subject) -> list[str]:
    cells = access(world.case, subject).rows.values()
    return [v for row in cells for v in row.values() if isinstance(v, str) and v in world.tokens]


def test_erasing_two_is_erasing_one_and_then_the_other():
    """Where no row is shared by the two: a row of both depends on who is left, and is looked at by the engine's test."""
    for world in worlds(200):
        case = world.case
        if len(case.subjects) != 2 or {"messages", "inherited", "many-to-many"} & world.shape.features:
            continue
        together = erase(case)
        if together.refused or together.ambiguous or together.contested:
            continue
        first = erase(case.of(case.subjects[0]))
        if first.refused:
            continue
        assert [len(r) for r in together.dump.values()] <= [len(r) for r in first.dump.values()]


def test_a_stranger_changes_nothing():
    for world in worlds(120):
        case = world.case
        stranger = Subject("s-9", {("shop", "customers"): tuple([(-5,) * len(world.stores[0].tab("customers").key)])})
        assert differences(erase(case.of(*case.subjects, stranger)).dump, erase(case).dump) == []
