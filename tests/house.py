"""House lint: sizes, names and words that ruff does not know. Prints what is wrong; exits 1 if anything is.

python tests/house.py
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINES_AT_MOST = 600
MEDIAN_AT_MOST = 150
FILES_A_ROOM = 12
NAMES_A_ROOM = 12
BANNED_FILES = {"utils", "helpers", "common", "core", "base", "manager", "service", "misc"}
# Words that the field does not use, in prose and public names; `docs/words.md` says what to write instead.
BANNED_WORDS = re.compile(r"\b(PII|oops|dashboard|GDPR[- ]compliant|user data)\b")
MACHINE = re.compile(r"(?<![\w.])/(work/|root/|home/[a-z])|(https?://)(pypi|registry|deb|files)\.")


def main() -> int:
    found = [*_sizes(), *_rooms(), *_words(), *_migrations(), *_addresses()]
    for line in found:
        print(line)
    print(f"house: {len(found)} findings")
    return 1 if found else 0


def _python() -> list[Path]:
    return sorted(path for path in (ROOT / "src").rglob("*.py"))


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name]


def _sizes() -> Iterator[str]:
    lengths = []
    for path in [*_python(), *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "verifier").rglob("*.py"))]:
        length = len(path.read_text(encoding="utf-8").splitlines())
        if path.is_relative_to(ROOT / "src") and length:
            lengths.append(length)
        if length > LINES_AT_MOST:
            yield f"{path.relative_to(ROOT)}: {length} lines; CI stops at {LINES_AT_MOST}. Name its jobs and cut it."
    median = sorted(lengths)[len(lengths) // 2]
    if median > MEDIAN_AT_MOST:
        yield f"src: the median file has {median} lines; the house aims at {MEDIAN_AT_MOST}."


def _rooms() -> Iterator[str]:
    for room in sorted(path.parent for path in (ROOT / "src").rglob("__init__.py")):
        files = [path for path in room.glob("*.py") if path.name != "__init__.py"]
        if len(files) > FILES_A_ROOM:
            yield f"{room.relative_to(ROOT)}: {len(files)} files; a room that outgrows {FILES_A_ROOM} becomes two with a wall between."
        for path in files:
            if path.stem in BANNED_FILES:
                yield f"{path.relative_to(ROOT)}: name a file for its job, not `{path.stem}`."
        exported = _exported(room / "__init__.py")
        if len(exported) > NAMES_A_ROOM:
            yield f"{room.relative_to(ROOT)}: exports {len(exported)} names; at most {NAMES_A_ROOM}."


def _exported(path: Path) -> list[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets
        ):
            return [str(element.value) for element in getattr(node.value, "elts", []) if isinstance(element, ast.Constant)]
    return []


def _words() -> Iterator[str]:
    for path in [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", *sorted((ROOT / "changes").rglob("*.md"))]:
        if path.name == "words.md" or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if match := BANNED_WORDS.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: `{match.group()}` is not the field's word; see docs/words.md."


def _migrations() -> Iterator[str]:
    """Migrations are a chain: file `0004_…` is revision 0004 and comes after 0003. Two of one number would both be run, in any order."""
    files = sorted((ROOT / "src/upheld/records/own/migrations/versions").glob("[0-9]*.py"))
    for place, path in enumerate(files, start=1):
        text = path.read_text(encoding="utf-8")
        if not (path.name.startswith(f"{place:04}_") and f'revision = "{place:04}"' in text):
            yield f"{path.relative_to(ROOT)}: should be number {place:04}; give yours the next free one, behind the newest."
        elif place > 1 and f'down_revision = "{place - 1:04}"' not in text:
            yield f"{path.relative_to(ROOT)}: should come after {place - 1:04}."


def _addresses() -> Iterator[str]:
    for path in _tracked():
        if path == Path(__file__).resolve() or not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if MACHINE.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: a path of one machine, or a registry's address."
        if path.name.startswith("requirements") and "://" in text:
            yield f"{path.relative_to(ROOT)}: holds an address."


if __name__ == "__main__":
    sys.exit(main())
