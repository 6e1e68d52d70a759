"""What may newly pass is found where it is: each way to loosen a program is named, each way to tighten it is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.language.made_programs import any_of, choice, name, needs, program, promise, when
from upheld.language.promises.model import Age, Definition, Kind, Name, Program, Promise, Resolution
from upheld.language.promises.versions.order import widenings

PERMIT = promise("u.1", "may", "use", "email", "phone", scope=[any_of("for", "service", "news"), when("active"), Age(least=16)])
WALL = promise("n.1", "never", "use", "email", scope=[any_of("for", "news")], door=[choice("letters"), needs("order")])
TOLD = promise("t.1", "will", "tell", "rules", kind=Kind.TOPIC, blocks=Name(Kind.EVENT, "collected"))
RESTRICTION = promise("g.1", "will", "grant", "restriction", kind=Kind.RIGHT)
STATED = promise("n.2", "never", "use", "email", scope=[when("restricted")], door=[any_of("for", "service")])
OTHER = promise("u.2", "may", "use", "email", scope=[any_of("for", "service")])
ALL = (PERMIT, WALL, TOLD, RESTRICTION)


def without(*gone: Promise) -> tuple[Promise, ...]:
    return tuple(one for one in ALL if one not in gone)


def instead(old: Promise, **given: object) -> tuple[Promise, ...]:
    return tuple(replace(one, **given) if one is old else one for one in ALL)  # type: ignore[arg-type]


LOOSER: dict[str, tuple[Promise, ...]] = {
    "a wall is gone": without(WALL),
    "a wall covers less data": (*without(WALL), replace(WALL, object=frozenset({Name(Kind.DATA, "phone")}))),
    "a wall stands for less": instead(WALL, scope=(any_of("for", "news"), when("active"))),
    "a door asks less": instead(WALL, door=(choice("letters"),)),
    "a door asks another thing": instead(WALL, door=(choice("others"), needs("order"))),
    "a permit names a purpose more": instead(PERMIT, scope=(any_of("for", "service", "news", "fun"), *PERMIT.scope[1:])),
    "a permit asks less": instead(PERMIT, scope=PERMIT.scope[:1]),
    "a permit takes the younger": instead(PERMIT, scope=(*PERMIT.scope[:2], Age(least=13))),
    "a permit covers more data": instead(PERMIT, object=PERMIT.object | {Name(Kind.DATA, "photo")}),
    "a permit more, without its tests": (*ALL, OTHER),
    "a permit passes a wall": instead(PERMIT, excepts=frozenset({"harbour.n.1"})),
    "a telling is gone": without(TOLD),
    "a telling hangs on a fact": instead(TOLD, scope=(when("active"),)),
    "restriction is gone": without(RESTRICTION),
    "restriction is opened by a sentence": (*ALL, STATED),
}
TIGHTER: dict[str, tuple[Promise, ...]] = {
    "the same": ALL,
    "a permit is gone": without(PERMIT),
    "a permit names a purpose less": instead(PERMIT, scope=(any_of("for", "service"), *PERMIT.scope[1:])),
    "a permit asks more": instead(PERMIT, scope=(*PERMIT.scope, choice("letters"))),
    "a permit takes the older alone": instead(PERMIT, scope=(*PERMIT.scope[:2], Age(least=18))),
    "a permit is cut in two": (
        *without(PERMIT),
        *(replace(PERMIT, id=f"cut.{leaf.id}", object=frozenset({leaf})) for leaf in sorted(PERMIT.object)),
    ),
    "a wall without its door": instead(WALL, door=None),
    "a wall that stands wider": instead(WALL, scope=(any_of("for", "news", "service"),)),
    "a wall more": (*ALL, promise("n.3", "never", "use", "phone", scope=[when("blocked")])),
    "a telling of more": instead(TOLD, object=TOLD.object | {Name(Kind.TOPIC, "risks")}),
}


@pytest.mark.parametrize("how", sorted(LOOSER))
def test_what_is_looser_is_named(how: str) -> None:
    assert widenings(program(*ALL, digest="old"), program(*LOOSER[how], digest="new")) != ()


@pytest.mark.parametrize("how", sorted(TIGHTER))
def test_what_is_tighter_is_shown_to_be(how: str) -> None:
    assert widenings(program(*ALL, digest="old"), program(*TIGHTER[how], digest="new")) == ()


def test_what_a_name_needs_and_holds_counts() -> None:
    service, order = name(Kind.PURPOSE, "service"), name(Kind.RECORD, "order")

    def defined(purpose_needs: tuple[Name, ...] = (), order_holds: frozenset[Name] = frozenset({order})) -> Program:
        needing = Definition(service, frozenset({service}), {"needs": purpose_needs} if purpose_needs else {})
        return program(*ALL, define=[needing, Definition(order, order_holds)], digest=f"{purpose_needs}{len(order_holds)}")

    strict, loose = defined((order,)), defined()
    assert widenings(strict, loose) != () and widenings(loose, strict) == ()
    assert widenings(loose, defined(order_holds=frozenset({name(Kind.RECORD, "receipt"), order}))) != ()


def test_a_resolution_that_lets_a_permit_pass_a_wall_is_looser() -> None:
    resolved = [Resolution(("harbour.n.1", "harbour.u.1"), "harbour.u.1", "", "lead", PERMIT.source.version)]
    plain, passed = program(*ALL, digest="plain"), program(*ALL, resolutions=resolved, digest="passed")
    assert widenings(plain, passed) != () and widenings(passed, plain) == ()
