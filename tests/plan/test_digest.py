"""The digest is taken over RFC 8785's form, written the quick way."""

from __future__ import annotations

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from upheld.engine.plan.digest import _canonical

TEXT = st.text(st.characters(exclude_categories=("Cs",)))
NAMES = st.text(st.sampled_from("abcdefgh_ABC0"), min_size=1)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=20)


@given(JSON)
def test_the_quick_form_is_the_canonical_form(value: object):
    assert _canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]
