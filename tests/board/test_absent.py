"""What counts as a card number in a store's text, and what only looks like one."""

from __future__ import annotations

import hashlib

import pytest

from upheld.faces.board.probes.absent import cards_in


@pytest.mark.parametrize(
    "text",
    [
        "4012888888881881",
        "4012 8888 8888 1881",
        "card: 4012-8888-8888-1881.",
        "a\t378282246310005\tb",
        '{"n": "5105105105105100"}',
    ],
)
def test_a_card_number_standing_alone_is_found(text: str) -> None:
    assert cards_in(text.encode()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "f4012888888881881a",
        "tok_4012888888881881",
        "$argon2id$v=19$m=65536,t=3,p=4$ab4012888888881881cd",
        "4012888888881882",
        "0.4012888888881881",
        "1111111111111111",
    ],
)
def test_digits_inside_a_token_or_hash_and_numbers_that_fail_the_check_are_not(text: str) -> None:
    assert cards_in(text.encode()) == 0


def test_a_hundred_thousand_hashes_hold_no_card() -> None:
    hashes = "\n".join(hashlib.sha256(str(number).encode()).hexdigest() for number in range(100_000))
    assert cards_in(hashes.encode()) == 0
