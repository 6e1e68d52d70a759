"""Two versions become differences by meaning: each has its class, its clauses and its words, and nothing is called narrower that is not."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.language.fact_views import citing
from tests.language.generated_programs import Situation
from tests.versions.conftest import FRONT, ROSTER
from tests.versions.mutations import two_versions
from upheld.faces.app.project import read_project
from upheld.language.law import load_law
from upheld.language.promises import compile_program, decide
from upheld.language.promises.model import Program
from upheld.language.promises.versions import Change, Differences, differences
from upheld.language.promises.versions.order import widenings

CASES = int(os.environ.get("UPHELD_CASES", "40"))
random = settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))


def test_what_is_called_narrower_lets_no_flow_pass_that_was_refused() -> None:
    seen: Counter[str] = Counter()

    @random
    @given(two_versions())
    def holds(made: tuple[Program, Program, tuple[Situation, ...]]) -> None:
        for before, after in (made[:2], made[1::-1]):
            found = differences(before, after)
            seen[found.effect] += 1
            wider = widenings(before, after)
            assert not wider or found.effect == "wider"
            for situation in made[2] if not wider else ():
                facts, filed = situation.people[0]
                flow = citing(situation.flow, filed)
                passes = decide(after, flow, facts).allowed
                seen["passes"] += passes
                assert not passes or decide(before, flow, facts).allowed, [str(one) for one in found.changes]

    holds()
    # A property that no case comes to says nothing.
    assert seen["narrower"] > CASES / 5 and seen["wider"] > CASES / 5 and seen["passes"] > CASES / 10, seen


@settings(random, max_examples=max(10, CASES // 4))
@given(two_versions(0))
def test_a_program_does_not_differ_from_itself(made: tuple[Program, Program, tuple[Situation, ...]]) -> None:
    for program in made[:2]:
        assert differences(program, replace(program, digest="copy")) == Differences((), ())
        assert widenings(program, program) == ()


# ---- classes, clauses and words ------------------------------------------------------------------------------------------

RETAIN = "may retain: email-address\nuntil: 2 years after collected\nwithin: 30 days\nthen: erase"
USE = "may use: email-address\nfor: service"
WALL = "never use: email-address\nfor: gossip\nunless choice: news"
NEWS = "will offer: news\nas: consent\nstart: no\nby: email"
GRANT = "will grant: access\nto: subject\nby: [email, letter]\nwithin: 1 month after received\nproof: none\ncontents: [data, purposes]"
CARD = "may disclose: email-address\nto: couriers\nground: requested-delivery"
STORE = "never locate: personal-data\nact: storage\nunless in: [NO, SE]"
PIXEL = "may place: pixel\nas: beacon\nparty: own\non: shop\nfor: service\nuntil: end of session\nchoice: strictly-necessary"
TOLD = "will tell: new-purpose\nto: subject\nby: email\nbefore: purpose-starts"
MATERIAL = "will tell: changed-terms\nto: subject\nby: email\nbefore: version-effective\nwhen: material-change"
NAMES = """define: service
is: purpose
---
define: gossip
is: purpose
---
define: couriers
is: party
---
define: requested-delivery
is: ground
---
define: shop
is: surface
---
define: material-change
is: fact
set-by: harbour-bikes
"""


def compiled(*blocks: str, text: str = "We say so.", names: str = NAMES, roster: str = ROSTER) -> Program:
    """A notice of one clause a block, with the names that they use."""
    front = "".join(f"{key}: {value}\n" for key, value in FRONT.items())
    body = "".join(f"{text} {{#c.{at}}}\n\n```promise\n{block}\n```\n\n" for at, block in enumerate(blocks, start=1))
    source = f"---\n{front}---\n\n# Privacy\n\n{body}The words. {{#names.1}}\n\n```promise\n{names}```\n"
    done = compile_program({"notice.md": source, "contacts.yaml": roster}, "notice.md", load_law())
    assert done.draft is not None
    return done.draft


# Block before, block after (empty: it is not there); class, effect, the words.
EXAMPLES: list[tuple[str, str, str, str, str]] = [
    (RETAIN, RETAIN.replace("2 years after collected", "1 years after collected"), "shorter-retention", "narrower",
     "retention of email-address: 2 years after collected → 1 year after collected"),
    (RETAIN, RETAIN.replace("2 years", "30 months"), "longer-retention", "wider",
     "retention of email-address: 2 years after collected → 30 months after collected"),
    (RETAIN.replace("2 years after collected", "opted-out"), RETAIN, "longer-retention", "wider",
     "retention of email-address: opted-out → 2 years after collected"),
    (RETAIN, RETAIN.replace("30 days", "4 weeks"), "shorter-retention", "narrower",
     "retention of email-address, within: 30 days after that → 4 weeks after that"),
    (USE, USE.replace("service", "[service, gossip]"), "new-purpose", "wider", "use of email-address, for: nothing → gossip"),
    (USE, USE.replace("email-address", "[email-address, name]"), "new-data", "wider", "use: of what: nothing → name"),
    (USE.replace("service", "[service, gossip]"), USE, "narrower", "narrower", "use of email-address, for: gossip → nothing"),
    (USE, USE + "\nwhen: customer", "narrower", "narrower", "use of email-address, when: nothing → customer"),
    (USE + "\nneeds: order", USE, "wider", "wider", "use of email-address, needs: order → nothing"),
    ("", CARD, "new-recipient", "wider",
     "disclosure of email-address: nothing → We may disclose email-address to couriers on the ground of requested-delivery."),
    (WALL, "", "wider", "wider",
     "use of email-address, forbidden: We never use email-address for gossip unless only with the choice news. → nothing"),
    (WALL, WALL.replace("\nunless choice: news", ""), "narrower", "narrower",
     "use of email-address, forbidden, unless choice: news → nothing"),
    (STORE, STORE.replace("[NO, SE]", "[NO, SE, IN]"), "wider", "wider", ""),
    (NEWS, NEWS.replace("start: no", "start: yes"), "choice-default", "wider", "choice news, start: no → yes"),
    (NEWS.replace("start: no", "start: yes"), NEWS, "choice-default", "narrower", "choice news, start: yes → no"),
    ("", GRANT, "right-added", "narrower", ""),
    (GRANT, "", "right-removed", "wider", ""),
    (GRANT, GRANT.replace("[email, letter]", "email"), "right-narrowed", "wider", "right of access, by: letter → nothing"),
    (GRANT, GRANT.replace("1 month", "2 months"), "right-narrowed", "wider",
     "right of access, within: 1 month after received → 2 months after received"),
    (GRANT, GRANT.replace("1 month", "20 days"), "right-widened", "narrower", ""),
    (GRANT, GRANT.replace("proof: none", "proof: [identity]"), "right-narrowed", "wider", ""),
    ("", PIXEL, "new-tracker", "wider", ""),
    ("", TOLD, "duty-added", "narrower", ""),
    (TOLD, "", "duty-dropped", "wider", ""),
    (TOLD, TOLD.replace("to: subject", "to: [subject, customers]"), "duty-added", "narrower", ""),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "cls", "effect", "words"), EXAMPLES)
def test_each_kind_of_change_has_its_class_and_its_words(before: str, after: str, cls: str, effect: str, words: str) -> None:
    old, new = (compiled(*filter(None, (NEWS if "choice: news" in before else "", block, USE))) for block in (before, after))
    found = [one for one in differences(old, new).changes if one.cls == cls and one.effect == effect]
    assert found, [(one.cls, one.effect, str(one)) for one in differences(old, new).changes]
    if words:
        assert words in [str(one) for one in found]


def test_a_sentence_that_reads_otherwise_is_wording_and_nothing_else() -> None:
    found = differences(compiled(USE, RETAIN), compiled(USE, RETAIN, text="So we say."))
    assert {(one.cls, one.effect) for one in found.changes} == {("wording", "none")}
    assert [one.clauses for one in found.changes] == [("harbour.c.1",), ("harbour.c.2",)] and found.effect == "none"
    assert found.changes[0].before == "We say so." and found.changes[0].after == "So we say."


def test_blocks_that_change_places_change_nothing() -> None:
    old, new = compiled(USE, RETAIN, GRANT), compiled(f"{GRANT}\n---\n{USE}", RETAIN)
    assert {one.cls for one in differences(old, new).changes} == {"wording"}


def test_a_name_that_comes_to_mean_more_is_told_with_what_rests_on_it() -> None:
    held = "define: proof-of-order\nis: record\nholds: [order{more}]\n---\n"
    old, new = (compiled(USE + "\nneeds: proof-of-order", names=held.format(more=more) + NAMES) for more in ("", ", invoice"))
    found = differences(old, new)
    assert ("definition", "wider", "meaning of proof-of-order: nothing → invoice") in [
        (one.cls, one.effect, str(one)) for one in found.changes
    ]
    assert ("wider", ("harbour.c.1",)) in [(one.effect, one.clauses) for one in found.changes]


def test_a_contact_that_changes_is_told() -> None:
    found = differences(compiled(USE), compiled(USE), ROSTER, ROSTER.replace("Ada Quill", "Bo Reed"))
    assert found.changes == (Change("contact", "none", (), "contact privacy-lead, name", "Ada Quill", "Bo Reed"),)


def test_a_new_purpose_calls_up_what_the_notice_and_the_law_say_of_it() -> None:
    old, new = (compiled(block, TOLD, MATERIAL) for block in (USE, USE.replace("service", "[service, gossip]")))
    promised, material, law = differences(old, new).duties
    assert (promised.tells, promised.by, promised.before) == (("new-purpose",), ("email",), "purpose-starts")
    assert promised.clauses == ("harbour.c.2",)
    assert material.when == ("material-change",) and "differences" not in material.contents
    assert (law.regime, law.before, law.cites[0].at, law.cites[0].confirmed) == (
        "us-ca-ccpa", "purpose-starts", "1798.100(a)(1)", False,
    )  # fmt: skip


def test_wording_alone_calls_up_no_duty_that_hangs_on_what_is_material() -> None:
    old, new = (compiled(USE, TOLD, MATERIAL, text=text) for text in ("We say so.", "So we say."))
    assert differences(old, new).duties == ()
    posted = "will tell: new-version\nto: anyone\nby: posting\nbefore: version-effective"
    old, new = (compiled(USE, posted, text=text) for text in ("We say so.", "So we say."))
    assert [str(one) for one in differences(old, new).duties] == [
        "Tell anyone of new-version by posting, before version-effective."
    ]


def test_each_example_notice_differs_from_itself_in_nothing_and_from_a_shorter_one_in_something() -> None:
    project = read_project(Path(__file__).resolve().parents[2] / "examples" / "qualer")
    program = compile_program(project.sources, project.main, load_law(), project.deployment).program
    assert program is not None
    assert differences(program, program) == Differences((), ())
    shorter = replace(program, promises=tuple(one for one in program.promises if one.verb != "grant"))
    assert {one.cls for one in differences(program, shorter).changes} >= {"right-removed"}
