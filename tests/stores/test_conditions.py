"""Conditions that were joined are true of the same rows as those that were only written one after the other, whatever is NULL."""

from __future__ import annotations

import sqlite3
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from upheld.engine.stores.sql.conditions import Condition, all_of, flattest, leads, negated, said, some_of

WAYS = ("FROM n WHERE n.a = t.a", "FROM n WHERE n.b = t.b")
CELLS = st.sampled_from(["t.a = 1", "(t.b = 1) IS NOT TRUE", "t.c = 1"]).map(lambda sql: (said(sql), sql))
INNER = st.sampled_from(["n.c = 1", "(n.a = 1) IS NOT TRUE"]).map(lambda sql: (said(sql), sql))
Pair = tuple[Condition, str]  # joined, and written out


def joined(of: list[Pair], word: str) -> Pair:
    join = all_of if word == "AND" else some_of
    return join(one for one, _ in of), "(" + f" {word} ".join(f"({sql})" for _, sql in of) + ")"


def leading(given: tuple[str, Pair, bool]) -> Pair:
    way, (where, sql), there = given
    found, written = leads(way, where), f"EXISTS (SELECT 1 {way} AND ({sql}))"
    return (found, written) if there else (negated(found), f"NOT {written}")


def deeper(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    return st.builds(joined, st.lists(inner, min_size=1, max_size=4), st.sampled_from(["AND", "OR"]))


ROWS = st.builds(leading, st.tuples(st.sampled_from(WAYS), st.recursive(INNER, deeper, max_leaves=3), st.booleans()))
CONDITIONS = st.recursive(CELLS | ROWS, deeper, max_leaves=12)


@settings(max_examples=150, deadline=None)
@given(CONDITIONS)
def test_what_is_joined_is_true_of_the_same_rows(pair: Pair) -> None:
    database = sqlite3.connect(":memory:")
    database.executescript("CREATE TABLE t (a, b, c); CREATE TABLE n (a, b, c); INSERT INTO n VALUES (1, 0, 1), (0, NULL, 0)")
    database.executemany("INSERT INTO t VALUES (?, ?, ?)", product((0, 1, None), repeat=3))
    condition, written = pair
    asked = "SELECT a, b, c FROM t WHERE {}"
    meant = database.execute(asked.format(written)).fetchall()
    assert database.execute(asked.format(condition.sql)).fetchall() == meant
    assert database.execute(asked.format(flattest(condition, deep=0))).fetchall() == meant


def test_sqlites_parser_follows_seven_ways_within_each_other() -> None:
    found = said("w7.a = 1")
    for n in range(7, 0, -1):
        found = leads(
            f"FROM t AS w{n} WHERE w{n}.a = w{n - 1}.b",
            some_of([said(f"w{n}.b = 1"), all_of([said(f"w{n}.a = 2"), negated(found)])]),
        )
    database = sqlite3.connect(":memory:")
    database.executescript("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 1), (2, 3)")
    assert database.execute(f"SELECT w0.a FROM t AS w0 WHERE {flattest(found)}").fetchall() == [(1,)]


def test_what_several_have_in_common_stands_once() -> None:
    common = leads("FROM n WHERE n.a = t.a")
    either = some_of(all_of([common, said(f"t.b = {n}")]) for n in range(20))
    assert either.sql.count("EXISTS") == 1
    assert some_of(leads(WAYS[0], said(f"n.b = {n}")) for n in range(20)).sql.count("EXISTS") == 1
