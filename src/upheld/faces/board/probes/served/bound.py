"""No sentence of the notice stands there bound to nothing: those that there are are looked at, and one that is planted in the text stops its publication.

Each sentence has promises or definitions of its own, or says openly that it only informs or binds somebody else. The text with one sentence more, which has
neither, must be refused by the very compiler without whose word nothing is published; the same text without it must not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from upheld.faces.board.model import Coverage, Evidence
from upheld.faces.board.probes.context import Probe, ProbeContext, evidence
from upheld.language.law import Law
from upheld.language.promises import compile_program
from upheld.language.promises.model import Clause, Program

CONTROL, VERSION = "sentences:bound", "sentences/1"
LOOSE = "\n\nThis sentence is bound to nothing. {#planted-and-bound-to-nothing}\n"
REFUSED = "N101"
DEPLOYMENT = "deployment.yaml"


def looked_at(context: ProbeContext) -> list[Evidence]:
    """Every sentence of the program, then the text as it stands and with one sentence more."""
    files = dict(context.notice_files)
    if not files:
        return [evidence(context, CONTROL, VERSION, 0, "not run", "the texts of the notice are not at hand")]
    main = context.program.notices[0].file
    clauses = [clause for version in context.program.notices for clause in version.clauses]
    loose = [clause for clause in clauses if not _is_bound(clause)]
    before, after = _codes(files, main, context.law), _codes({**files, main: files[main] + LOOSE}, main, context.law)
    wrong = [
        *([f"{len(loose)} of {len(clauses)} sentences are bound to nothing"] if loose else []),
        *(["a text with a sentence that is bound to nothing would be published"] if REFUSED not in after else []),
        *(["the text as it stands would not be published"] if before else []),
    ]
    says = (
        "; ".join(wrong)
        or f"{len(clauses)} sentences are bound, or say that they promise nothing; one that is bound to nothing stops its text"
    )
    return [
        evidence(
            context, CONTROL, VERSION, len(clauses) + 1, "failed" if wrong else "held", says, coverage=Coverage(1, 1, "notices"),
            detail={"sentences": len(clauses), "bound to nothing": len(loose)}, mend="Run: upheld check." if wrong else "",
        )
    ]  # fmt: skip


def _is_bound(clause: Clause) -> bool:
    return clause.binding in ("informs", "outside") or bool(clause.promises or clause.defines)


def _codes(files: dict[str, str], main: str, law: Law) -> frozenset[str]:
    """The errors of a text, by code."""
    texts = {name: text for name, text in files.items() if name != DEPLOYMENT}
    deployment = (DEPLOYMENT, files[DEPLOYMENT]) if DEPLOYMENT in files else None
    compiled = compile_program(texts, main, law, deployment)
    return frozenset(one.code for one in compiled.diagnostics if one.severity == "error")


@contextmanager
def _loose(context: ProbeContext) -> Iterator[ProbeContext]:
    """The same notice, one of whose sentences lost what it was bound to."""
    yield replace(context, program=_without(context.program), sandboxed=True)


def _without(program: Program) -> Program:
    first, *others = program.notices
    at = next(n for n, clause in enumerate(first.clauses) if clause.promises)
    clauses = (*first.clauses[:at], replace(first.clauses[at], promises=(), defines=()), *first.clauses[at + 1 :])
    return replace(program, notices=(replace(first, clauses=clauses), *others))


SENTENCES = Probe("sentences", 1, frozenset({CONTROL}), looked_at, _loose)
