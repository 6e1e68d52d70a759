"""View: from a board and its program to what the templates place, with every size as a number. Pure.

Sizes become SVG attributes, for an inline style is refused by the content security policy. Not taken: arithmetic in
templates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from html import escape

from upheld.faces.board import spoken, words
from upheld.faces.board.model import STATES, Board, ClauseState, LedgerPath, State
from upheld.language.promises.model import Clause, Name, NoticeVersion, Program

DAYS_SHOWN = 90
STROKE_STEP = 12
PATH_HEIGHT = 150
PATH_RISE_AT_MOST = 34
PATH_REACH = 17
PATH_EDGE = 8
WORD: Mapping[State, str] = {
    "kept": "Kept",
    "unproven": "Unproven",
    "broken": "Broken",
    "unbound": "Unbound",
    "informs": "Only informs",
    "attested": "Attested",
    "outside": "Binds somebody else",
}
TALLY: tuple[State, ...] = ("broken", "unbound", "unproven", "kept", "attested", "informs", "outside")
PROMISES: tuple[State, ...] = ("kept", "attested", "unproven", "broken", "unbound")
BLOCK = re.compile(r"<(?:p|ul|ol|li|table|h\d|blockquote)[ >]")


@dataclass(frozen=True, slots=True)
class ClauseView:
    """One clause to be placed: its number, body (HTML of the notice's renderer), state, the promises and names of its proof."""

    id: str
    number: str
    html: str
    state: ClauseState
    word: str
    age: str
    place: str
    promises: tuple[tuple[tuple[str, str], ...], ...]
    defines: tuple[tuple[str, str], ...]
    days: tuple[tuple[int, State | None], ...]
    days_said: str
    path: LedgerPath | None
    settled: tuple[spoken.Settled, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section: folded when all that can be kept is kept, and something is."""

    anchor: str
    number: int
    title: str
    clauses: tuple[ClauseView, ...]
    folded: bool
    said: str
    trouble: tuple[State, ...]
    strokes: tuple[tuple[int, State], ...]
    width: int


@dataclass(frozen=True, slots=True)
class BoardView:
    title: str
    version: str
    compared: str
    lead: tuple[tuple[str, str], ...]
    total: int
    tally: tuple[tuple[State, str, int], ...]
    sections: tuple[SectionView, ...]
    foot: str
    first_day: str
    dated: date  # of the notice's version
    looked: datetime | None  # when the systems were last looked at
    promises: int


def of_board(board: Board, program: Program, title: str = "") -> BoardView:
    """The view of a board; one page for all notices of the program, in their order."""
    notice = program.notices[0]
    totals = board.totals()
    return BoardView(
        title=title or notice.title,
        version=_version(notice),
        compared=_compared(board),
        lead=lead(totals),
        total=len(board.clauses),
        tally=tuple((s, WORD[s], totals[s]) for s in TALLY if totals[s]),
        sections=_sections(board, program),
        foot=_foot(board),
        first_day=words.day(board.at.date() - timedelta(days=DAYS_SHOWN - 1)),
        dated=notice.updated,
        looked=_looked(board),
        promises=sum(totals[s] for s in PROMISES),
    )


def _version(notice: NoticeVersion) -> str:
    force = "" if notice.effective == notice.updated else f", in force from {words.day(notice.effective)}"
    return f"Version of {words.day(notice.updated)}{force}."


def _looked(board: Board) -> datetime | None:
    return max((e.at for clause in board.clauses for e in clause.evidence), default=None)


def _compared(board: Board) -> str:
    """When the systems were last looked at: the newest evidence, never the moment at which the page was made."""
    at = _looked(board)
    if at is None:
        return "Not compared with the running systems yet."
    return f"Last compared with the running systems on {at:%A}, {words.clock(at)} {at.tzname() or ''}".rstrip() + "."


def lead(totals: Mapping[State, int]) -> tuple[tuple[str, str], ...]:
    """The sentence with the numbers in it, as (class, text) runs; class is empty for plain text."""
    of = sum(totals[s] for s in PROMISES)
    if not of:
        return (("", "This notice makes no promise."),)
    parts: list[tuple[str, str]] = [("", f"Of {of:,} {'promise' if of == 1 else 'promises'} ")]
    said = [("", f"{_count(totals['kept'])} {_is(totals['kept'])} kept")]
    if totals["attested"]:
        said.append(("", f"{_count(totals['attested'])} {_is(totals['attested'])} attested by a named person"))
    if totals["unproven"]:
        said.append(("", f"{_count(totals['unproven'])} {_is(totals['unproven'])} unproven"))
    said.append(("broken" if totals["broken"] else "", f"{_count(totals['broken'])} {_is(totals['broken'])} broken"))
    if totals["unbound"]:
        verb = "has" if totals["unbound"] == 1 else "have"
        said.append(("", f"{_count(totals['unbound'])} {verb} nothing that keeps {'it' if verb == 'has' else 'them'} yet"))
    for i, (css, text) in enumerate(said):
        joint = "" if i == 0 else (" and " if i == len(said) - 1 else ", ")
        if joint:
            parts.append(("", joint))
        parts.append((css, text))
    return (*parts, ("", "."))


def _count(n: int) -> str:
    return "none" if n == 0 else f"{n:,}"


def _is(n: int) -> str:
    return "is" if n < 2 else "are"


def _sections(board: Board, program: Program) -> tuple[SectionView, ...]:
    by_id = {c.id: c for c in board.clauses}
    groups: list[tuple[NoticeVersion, str, list[Clause]]] = []
    for notice in program.notices:
        for clause in notice.clauses:
            if not groups or groups[-1][0] is not notice or groups[-1][1] != clause.section:
                groups.append((notice, clause.section, []))
            groups[-1][2].append(clause)
    anchors: dict[str, int] = {}
    numbers = {c.id: f"{i}.{j}" for i, (_, _, clauses) in enumerate(groups, start=1) for j, c in enumerate(clauses, start=1)}
    pairs = spoken.settled(program, numbers)
    return tuple(
        _section(board, program, notice, title, i, clauses, by_id, _anchor(title, anchors), pairs)
        for i, (notice, title, clauses) in enumerate(groups, start=1)
    )


def _section(
    board: Board,
    program: Program,
    notice: NoticeVersion,
    title: str,
    number: int,
    clauses: Sequence[Clause],
    by_id: Mapping[str, ClauseState],
    anchor: str,
    pairs: Mapping[str, tuple[spoken.Settled, ...]],
) -> SectionView:
    shown = tuple(
        replace(_clause(board, program, notice, clause, by_id[clause.id], f"{number}.{i}"), settled=pairs.get(clause.id, ()))
        for i, clause in enumerate(clauses, start=1)
    )
    found = [c.state.state for c in shown]
    good = {"kept", "informs", "attested", "outside"}
    return SectionView(
        anchor=anchor,
        number=number,
        title=title or "Opening",
        clauses=shown,
        folded="kept" in found and set(found) <= good,
        said=counted(found),
        trouble=tuple(s for s in TALLY[:3] if s in found),
        strokes=tuple((1 + i * STROKE_STEP, state) for i, state in enumerate(found)),
        width=len(found) * STROKE_STEP - 3,
    )


def counted(found: Sequence[State]) -> str:
    """`4 kept, 1 unbound, 1 informs`."""
    names: dict[State, str] = {s: s for s in STATES}
    said = []
    for state in STATES:
        n = found.count(state)
        if n:
            said.append(f"{n} {'inform' if state == 'informs' and n > 1 else names[state]}")
    return ", ".join(said)


def _clause(
    board: Board, program: Program, notice: NoticeVersion, clause: Clause, state: ClauseState, number: str
) -> ClauseView:
    promises = {p.id: p for p in program.promises}
    days, said = _days(board, state)
    entry = max((e.entry for e in state.evidence if e.entry is not None), default=None)
    body = clause.html if clause.html else f"<p>{escape(clause.text)}</p>"
    if not BLOCK.match(body.lstrip()):
        body = f"<p>{body}</p>"
    return ClauseView(
        id=clause.id,
        number=number,
        html=_waved(body, clause, program, state),
        state=state,
        word=WORD[state.state],
        age=words.age(state.age) if state.evidence else ("never" if state.state == "unproven" else ""),
        place=f"{notice.file.rpartition('/')[2] or 'notice.md'}, line {clause.line}",
        promises=tuple(spoken.lines(program, promises[i]) for i in clause.promises),
        defines=tuple((name.id, _meaning(program, name)) for name in clause.defines),
        days=days,
        days_said=said,
        path=board.paths.get(entry) if entry is not None else None,
    )


def _meaning(program: Program, name: Name) -> str:
    """The leaves that a defined name stands for; empty where it stands for itself."""
    definition = program.names.get(name)
    leaves = sorted(leaf.id for leaf in definition.leaves) if definition is not None else []
    return "" if leaves in ([], [name.id]) else ", ".join(leaves)


def _waved(body: str, clause: Clause, program: Program, state: ClauseState) -> str:
    """The failing words under a wave: the first words of the clause that name what the broken promise is about."""
    if state.state != "broken":
        return body
    failing = {i for j in state.controls if j.standing == "failed" for i in j.need.promises}
    for promise in program.promises:
        if promise.id not in failing:
            continue
        for name in sorted(promise.object):
            pattern = re.compile(rf"(?<![\w<])({re.escape(words.words_of(name.id))}\w*)(?![^<]*>)", re.IGNORECASE)
            if pattern.search(body):
                return pattern.sub(r'<em class="failing">\1</em>', body, count=1)
    return body


def _days(board: Board, state: ClauseState) -> tuple[tuple[tuple[int, State | None], ...], str]:
    """Ninety ticks, oldest first, each with the last state known at that day's end; None before the first run."""
    seen = dict(board.history.get(state.id, ()))
    today = board.at.date()
    seen[today] = state.state
    ticks: list[tuple[int, State | None]] = []
    current: State | None = _before(seen, today)
    for i in range(DAYS_SHOWN):
        current = seen.get(today - timedelta(days=DAYS_SHOWN - 1 - i), current)
        ticks.append((i * 8, current))
    counts = {s: sum(1 for _, t in ticks if t == s) for s in STATES}
    said = ", ".join(f"{n} {'day' if n == 1 else 'days'} {WORD[s].lower()}" for s, n in counts.items() if n)
    silent = DAYS_SHOWN - sum(counts.values())
    return tuple(ticks), said + (f", {silent} not yet looked at" if silent else "")


def _before(seen: Mapping[date, State], today: date) -> State | None:
    older = [d for d in seen if d < today - timedelta(days=DAYS_SHOWN - 1)]
    return seen[max(older)] if older else None


def _foot(board: Board) -> str:
    if board.checkpoint is None:
        return "No ledger was read for this page."
    if not board.ledger_verified:
        return f"The ledger does not verify at {board.checkpoint:,} {'entry' if board.checkpoint == 1 else 'entries'}: nothing on this page counts as kept."
    return f"Read from ledger checkpoint {board.checkpoint:,}."


def _anchor(title: str, taken: dict[str, int]) -> str:
    slug = "s-" + (re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "opening")
    taken[slug] = taken.get(slug, 0) + 1
    return slug if taken[slug] == 1 else f"{slug}-{taken[slug]}"


# ---- the ledger path as a picture ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    on: bool


@dataclass(frozen=True, slots=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    on: bool


@dataclass(frozen=True, slots=True)
class PathPicture:
    width: float
    height: float
    lines: tuple[Line, ...]
    dots: tuple[Dot, ...]
    root: Dot
    leaf: Dot


def draw_path(path: LedgerPath) -> PathPicture:
    """The leaf at the foot, the signed root at the head, siblings on their true sides; within a height of 150."""
    steps = path.steps
    rise = min(PATH_RISE_AT_MOST, (PATH_HEIGHT - 2 * PATH_EDGE) / max(len(steps), 1))
    xs = [0.0]
    for step in steps:
        xs.append(xs[-1] - PATH_REACH if step.left else xs[-1] + PATH_REACH)
    sides = [x - 2 * PATH_REACH if step.left else x + 2 * PATH_REACH for x, step in zip(xs, steps, strict=False)]
    shift = PATH_EDGE - min([*xs, *sides])
    foot = PATH_EDGE + rise * len(steps)
    on = [Dot(round(x + shift, 1), round(foot - i * rise, 1), True) for i, x in enumerate(xs)]
    off = [Dot(round(x + shift, 1), on[i].y, False) for i, x in enumerate(sides)]
    lines = [Line(off[i].x, off[i].y, on[i + 1].x, on[i + 1].y, False) for i in range(len(steps))]
    lines += [Line(on[i].x, on[i].y, on[i + 1].x, on[i + 1].y, True) for i in range(len(steps))]
    width = max([*(d.x for d in on), *(d.x for d in off)]) + PATH_EDGE
    return PathPicture(round(width, 1), round(foot + PATH_EDGE, 1), tuple(lines), (*off, *on), on[-1], on[0])
