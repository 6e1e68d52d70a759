"""A notice and its exact output in one file: parts begin with a line `%%% …`.

The first part is the notice itself; `%%% file NAME` gives a further source, `%%% deployment NAME` the deployment file,
`%%% published` the version published before, `%%% supplied` what an estate has, `%%% output` what must come out.
UPHELD_RECORD=1 writes the output anew; reading the difference is the point.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from upheld.language.diagnostic import Diagnostic
from upheld.language.law import load_law
from upheld.language.notice import format_diagnostics
from upheld.language.promises import Compiled, Supplied, check_against_estate, compile_program, to_json

HERE = Path(__file__).parent
MAIN = "notice.md"


@dataclass(frozen=True)
class Page:
    path: Path
    sources: dict[str, str] = field(default_factory=dict)
    deployment: tuple[str, str] | None = None
    published: dict[str, str] | None = None
    supplied: Supplied | None = None
    output: str = ""

    def compiled(self) -> Compiled:
        return compile_program(self.sources, MAIN, load_law(), self.deployment, self.published)


def pages(folder: str) -> list[Path]:
    return sorted((HERE / folder).glob("*.md"))


def read(path: Path) -> Page:
    parts: list[tuple[str, list[str]]] = [("file " + MAIN, [])]
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.startswith("%%% "):
            parts.append((line[4:].strip(), []))
        else:
            parts[-1][1].append(line)
    sources: dict[str, str] = {}
    other: dict[str, str] = {}
    deployment = None
    for head, lines in parts:
        kind, _, name = head.partition(" ")
        text = "\n".join(lines)
        if kind == "file":
            sources[name] = text
        elif kind == "deployment":
            deployment = (name, text)
        else:
            other[kind] = text
    published = {MAIN: other["published"]} if "published" in other else None
    return Page(path, sources, deployment, published, _supplied(other.get("supplied")), other.get("output", ""))


def _supplied(text: str | None) -> Supplied | None:
    if text is None:
        return None
    tree = json.loads(text)
    places = tuple((leaf, file, line) for leaf, file, line in tree.pop("places", ()))
    return Supplied(**{key: frozenset(names) for key, names in tree.items()}, places=places)


def diagnostics(page: Page, compiled: Compiled) -> tuple[Diagnostic, ...]:
    estate = check_against_estate(compiled.draft, page.supplied) if page.supplied and compiled.draft else ()
    return (*compiled.diagnostics, *estate)


def promises_json(compiled: Compiled) -> str:
    """One line a promise, resolution, setting or supplement; places left out."""
    tree = json.loads(to_json(compiled.draft)) if compiled.draft else {"promises": [], "resolutions": [], "settings": []}
    rows = [*tree["promises"], *tree["resolutions"], *tree["settings"]]
    rows += [
        {key: notice.get(key) for key in ("notice", "supplements", "covers", "prevails")}
        for notice in tree.get("notices", ())[1:]
    ]
    return "\n".join(
        json.dumps({key: value for key, value in row.items() if key not in ("line", "file", "version", "notice")})
        for row in rows
    )


def meaning(compiled: Compiled) -> object:
    """The program without its places in the files: equal for two files that say the same."""
    return _unplaced(json.loads(to_json(compiled.draft))) if compiled.draft else None


def _unplaced(tree: object) -> object:
    if isinstance(tree, dict):
        return {key: _unplaced(value) for key, value in tree.items() if key not in ("line", "file")}
    return [_unplaced(each) for each in tree] if isinstance(tree, list) else tree


def hold(page: Page, output: str) -> None:
    """The output must be what stands in the file; or, when recording, it is written there."""
    if os.environ.get("UPHELD_RECORD"):
        head = page.path.read_text(encoding="utf-8").split("\n%%% output\n")[0]
        page.path.write_text(f"{head}\n%%% output\n{output}\n", encoding="utf-8")
    else:
        assert output.strip() == page.output.strip(), f"{page.path.name}: UPHELD_RECORD=1 writes it anew"


def said(page: Page, with_promises: bool) -> str:
    compiled = page.compiled()
    text = format_diagnostics(diagnostics(page, compiled)) or "No finding."
    return f"{text}\n\n{promises_json(compiled)}" if with_promises else text
