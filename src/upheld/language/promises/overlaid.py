"""The promises of a program as rows meet them: what a supplement says is said of those whom it covers, and of nobody else.

`decide` reads what a supplement covers by itself, because a flow can lie outside by its surface; plans and the calendar
see rows. Nothing of the base is taken away: an addition is never looser, so that both may be kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from upheld.language.promises.model import AnyOf, Program, Promise


def overlaid(program: Program) -> Iterator[Promise]:
    """Every promise in order, a supplement's with the tests of what it covers in its scope.

    A ceiling of a supplement that covers a surface is left out: no row says on which surface it came, and the later end counts.
    """
    covers = {notice.notice: notice.covers for notice in program.notices if notice.supplements}
    for promise in program.promises:
        tests = covers.get(promise.source.notice, ())
        ceiling = promise.verb == "retain" and promise.modality == "may"
        if ceiling and any(isinstance(test, AnyOf) for test in tests):
            continue
        yield replace(promise, scope=(*promise.scope, *tests)) if tests else promise
