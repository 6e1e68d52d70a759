"""Everything that the five notices promise can be said in the language."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.language import expressed
from upheld.language.promises import compile_program

UNREADABLE = {"P101", "P102", "P103", "P104", "P105", "P106", "P107", "P108", "P109"}
HEAD = """---
notice: one
language: en
updated: 2026-03-01
effective: 2026-03-15
controller: firm
regimes: [eu-gdpr]
settings: {%s}
---

A sentence. {#a.1}

```promise
%s
```
"""
PERIODS = (
    "tracking-retention child-delete-within question-target lead-contact-target breach-notice-within close-hide-within"
    " disposal-within history-retention"
).split()

pytestmark = pytest.mark.skipif(not expressed.PAGE.exists(), reason=f"no {expressed.PAGE.name} beside the repository")


def test_all_528_blocks_of_the_five_notices_read_well():
    blocks = expressed.blocks()
    assert len(blocks) == 528
    settings = ", ".join([f"{name}: 30 days" for name in PERIODS] + ["news-cap: 2 per month"])
    faults = []
    for clause, block in blocks:
        compiled = compile_program({"n.md": HEAD % (settings, block)}, "n.md")
        faults += [f"{clause}: {one.code} {one.detail}" for one in compiled.diagnostics if one.code in UNREADABLE]
    assert not faults, f"{len(faults)} {Counter(fault.split()[1] for fault in faults)}\n" + "\n".join(faults)
