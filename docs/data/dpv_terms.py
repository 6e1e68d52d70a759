"""From the W3C Data Privacy Vocabulary's CSV lists to the short list of names that the language knows.

    python docs/data/dpv_terms.py FOLDER-WITH-pd.csv-AND-dpv.csv > src/upheld/language/terms/dpv.csv

One row a name: kind, name as notices write it, term, `special` where DPV counts it a special category. Run by hand when
a new version of the vocabulary is taken; the list is package data and the licence stands beside it.
"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

UPPER_RUN = re.compile(r"([A-Z]+)([A-Z][a-z])")
LOWER_UPPER = re.compile(r"([a-z0-9])([A-Z])")


def hyphenated(term: str) -> str:
    """`EmailAddress` as notices write it: `email-address`; `IPAddress`: `ip-address`."""
    return LOWER_UPPER.sub(r"\1-\2", UPPER_RUN.sub(r"\1-\2", term)).lower()


def rows(folder: Path) -> list[tuple[str, str, str, str]]:
    """Kind, name, term, mark; sorted."""
    found = []
    with (folder / "pd.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["type"] == "class":
                special = "SpecialCategory" in row["dpvtype"] or "Sensitive" in row["dpvtype"]
                found.append(("data", hyphenated(row["term"]), f"pd:{row['term']}", "special" if special else ""))
    with (folder / "dpv.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["dpvtype"].endswith("#Purpose"):
                found.append(("purpose", hyphenated(row["term"]), f"dpv:{row['term']}", ""))
    return sorted(found)


if __name__ == "__main__":
    csv.writer(sys.stdout, lineterminator="\n").writerows(rows(Path(sys.argv[1])))
