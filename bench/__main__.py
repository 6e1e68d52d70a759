"""Every benchmark of this folder runs, prints its ratio to the limit of the same run, and is written to bench/results.json.

    python -m bench [name ...]

A row: {"name", "ours_s", "limit_s", "ratio", "goal", "detail"}. `limit_s` is measured in the same run with what an expert would write by
hand, kept in this folder; a row without such a limit has the goal as its limit. Nothing here passes or fails.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.json"


def main(names: list[str]) -> None:
    found = sorted(path.stem for path in HERE.glob("bench_*.py"))
    wanted = [name for name in found if not names or name.removeprefix("bench_") in names]
    rows: list[dict[str, Any]] = _kept(names, wanted)
    for name in wanted:
        began = time.monotonic()
        print(f"… {name}", file=sys.stderr)
        fresh = [{**row, "module": name} for row in importlib.import_module(f"bench.{name}").run()]
        rows += fresh
        for row in fresh:
            print(_line(row))
        print(f"  {name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
        RESULTS.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"written  {RESULTS.relative_to(HERE.parent)}")


def _kept(names: list[str], wanted: list[str]) -> list[dict[str, Any]]:
    """Rows of the modules that do not run this time."""
    if not names or not RESULTS.is_file():
        return []
    return [row for row in json.loads(RESULTS.read_text(encoding="utf-8")) if row.get("module") not in wanted]


def _line(row: dict[str, Any]) -> str:
    held = "✓" if row["ratio"] <= row["goal"] else "✗"
    return f"{held} {row['name']:44} ours {row['ours_s']:>10.6f} s   limit {row['limit_s']:>10.6f} s   {row['ratio']:>6.2f} of {row['goal']:<5} {row['detail']}"


if __name__ == "__main__":
    main(sys.argv[1:])
