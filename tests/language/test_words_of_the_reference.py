"""What the reference says of verbs, modal words and closed lists is so, word by word: said here once more, read from no table.

A required key taken away is missed; an alternative alone is enough; a modal word that a verb does not take is refused; each word
of a closed list is taken, and one that is not on it is refused.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from upheld.language.promises import compile_program
from upheld.language.promises.compiling.names import known_ids
from upheld.language.terms import ALIASES, VERBS

HEAD = """---
notice: harbour
language: en
updated: 2026-03-01
effective: 2026-03-15
controller: harbour-bikes
contacts: contacts.yaml
regimes: [eu-gdpr]
---

A sentence. {#a.1}

```promise
%s
```
"""
CONTACTS = "site-manager: {name: Bo Reed}\n"

# Modal word and verb, object, then the groups of keys of which one must stand, each key with a value that it takes.
REQUIRED: dict[tuple[str, str], tuple[str, tuple[dict[str, str], ...]]] = {
    ("may", "collect"): ("name", ({"from": "server-log"}, {"on": "notice"}, {"for": "marketing"})),
    ("may", "use"): ("name", ({"for": "marketing"},)),
    ("may", "disclose"): ("name", ({"to": "courts"}, {"ground": "consent"})),
    ("will", "disclose"): (
        "name",
        ({"to": "courts"}, {"ground": "consent"}, {"within": "3 days after received", "before": "erased", "every": "1 year"}),
    ),
    ("may", "message"): ("service", ({"to": "customers"}, {"by": "email"}, {"choice": "none"})),
    ("may", "publish"): ("visits", ({"to": "anyone"}, {"standard": "tens"})),
    ("may", "locate"): ("name", ({"in": "NO"}, {"act": "storage"})),
    ("may", "place"): (
        "basket",
        ({"as": "cookie"}, {"party": "own"}, {"on": "notice"}, {"for": "marketing"}, {"until": "end of session"}, {"choice": "none"}),
    ),
    ("may", "retain"): ("name", ({"until": "1 year after received", "while": "customer"}, {"then": "erase"})),
    ("will", "retain"): ("name", ({"until": "1 year after received", "while": "customer"},)),
    ("will", "grant"): ("access", ({"to": "subject"}, {"by": "email"}, {"within": "1 month after received"}, {"proof": "none"})),
    ("will", "offer"): ("letters", ({"as": "preference"}, {"start": "no"}, {"by": "email"})),
    ("will", "tell"): (
        "breach",
        (
            {"to": "subject"},
            {"by": "email", "on": "notice", "within": "3 days after breach-known"},
            {"on": "notice", "within": "3 days after breach-known", "before": "erased", "every": "1 year"},
        ),
    ),
    ("will", "protect"): ("name", ({"by": "tls"}, {"proven": "probe"}, {"every": "1 year"})),
}  # fmt: skip
TAKES = {
    "collect": "may never", "use": "may never", "disclose": "may will never", "message": "may never", "publish": "may never",
    "locate": "may never", "place": "may never", "retain": "may will never", "grant": "will", "offer": "will", "tell": "will",
    "protect": "will",
}  # fmt: skip
CLOSED: dict[tuple[str, str, str], str] = {
    ("may", "locate", "act"): "collection storage processing access disclosure",
    ("may", "place", "party"): "own helper partner provider social-network",
    ("may", "place", "as"): "cookie beacon script plugin storage",
    ("may", "disclose", "consideration"): "any none",
    ("may", "use", "basis"): "consent implied-consent contract legal-obligation vital-interests public-task legitimate-interests law",
    ("will", "retain", "meanwhile"): "isolated hidden locked held suspended stored-only frozen marked-disputed",
    ("may", "retain", "then"): "erase anonymise aggregate hide hand-over review",
    ("may", "collect", "required"): "none all per-service",
    ("will", "offer", "start"): "yes no",
    ("will", "offer", "per"): "browser account address request",
    ("will", "offer", "as"): "consent objection preference acknowledgement",
    ("will", "grant", "fee"): "none cost law",
    ("will", "protect", "proven"): "probe attestation",
}  # fmt: skip
KINDS_OF_NAMES: dict[tuple[str, str, str], str] = {
    ("may", "use", "of"): "juniors customers",
    ("may", "use", "from"): "server-log guardian notice email",
    ("may", "use", "on"): "notice service received",
    ("will", "tell", "to"): "courts juniors site-manager",
    ("will", "grant", "by"): "email notice copy",
    ("may", "collect", "by"): "tls email notice",
    ("will", "grant", "answer-by"): "email notice",
    ("may", "use", "when"): "signed-in letters",
    ("may", "use", "unless"): "objected consent letters law",
    ("may", "retain", "while"): "customer letters",
    ("will", "tell", "of"): "customers",
    ("may", "use", "in"): "NO own-stores",
    ("will", "protect", "in"): "NO staff",
}  # fmt: skip
DEFINED = {
    ("purpose", "basis"): "consent implied-consent contract legal-obligation vital-interests public-task legitimate-interests law",
    ("data", "covered"): "yes no",
    ("data", "protects"): "persons companies",
    ("party", "role"): "controller processor joint recipient",
    ("party", "list"): "open closed",
    ("party", "each"): "tenant",
    ("surface", "covered"): "yes no",
    ("place", "list"): "open closed",
    ("standard", "protects"): "persons companies",
}  # fmt: skip


def codes(block: str) -> list[str]:
    """Codes of the findings about a block's grammar."""
    extra = "---\ndefine: tens\nis: standard\ngroup: 10\n---\ndefine: juniors\nis: group\nage: under 16\n---\nwill offer: letters\nas: consent\nstart: no\nby: email"
    found = compile_program({"n.md": HEAD % f"{block}\n{extra}", "contacts.yaml": CONTACTS}, "n.md").diagnostics
    return sorted(
        one.code for one in found if one.code in {"P102", "P104", "P105", "P106", "P107", "P108", "P109", "P201", "P202"}
    )


def block(modal: str, verb: str, keys: dict[str, str]) -> str:
    name, _ = REQUIRED[modal, verb]
    return "\n".join([f"{modal} {verb}: {name}", *(f"{key}: {value}" for key, value in keys.items())])


def whole(modal: str, verb: str) -> dict[str, str]:
    """One key of each group."""
    keys: dict[str, str] = {}
    for group in REQUIRED[modal, verb][1]:
        if not group.keys() & keys.keys():
            keys |= dict([next(iter(group.items()))])
    return keys


@pytest.mark.parametrize("modal,verb", REQUIRED)
def test_what_must_stand_is_enough(modal: str, verb: str) -> None:
    assert codes(block(modal, verb, whole(modal, verb))) == []


@pytest.mark.parametrize(
    "modal,verb,group", [(*head, number) for head, (_, groups) in REQUIRED.items() for number in range(len(groups))]
)
def test_without_a_required_key_it_is_missed(modal: str, verb: str, group: int) -> None:
    gone = REQUIRED[modal, verb][1][group]
    kept = {key: value for key, value in whole(modal, verb).items() if key not in gone}
    for other in REQUIRED[modal, verb][1]:  # what served two groups at once must not be missed twice
        if other is not gone and not other.keys() & kept.keys():
            kept |= dict([next(item for item in other.items() if item[0] not in gone)])
    assert codes(block(modal, verb, kept)) == ["P105"]


@pytest.mark.parametrize(
    "modal,verb,key,value",
    [(*head, key, value) for head, (_, groups) in REQUIRED.items() for one in groups if len(one) > 1 for key, value in one.items()],
)  # fmt: skip
def test_one_of_several_is_enough(modal: str, verb: str, key: str, value: str) -> None:
    keys = {key: value}
    for group in REQUIRED[modal, verb][1]:
        if not group.keys() & keys.keys():
            keys |= dict([next(iter(group.items()))])
    assert codes(block(modal, verb, keys)) == []


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("modal", ["may", "will", "never"])
def test_a_verb_takes_its_modal_words_and_no_other(modal: str, verb: str) -> None:
    name, _ = next(value for (_, known), value in REQUIRED.items() if known == verb)
    refused = "P104" in codes(f"{modal} {verb}: {name}")
    assert refused == (modal not in TAKES[verb].split())


@pytest.mark.parametrize("modal,verb", [("never", verb) for verb, words in TAKES.items() if "never" in words])
def test_a_never_needs_no_key(modal: str, verb: str) -> None:
    name, _ = REQUIRED["may", verb]
    assert codes(f"never {verb}: {name}") == []


@pytest.mark.parametrize("modal,verb,key,word", [(*head, word) for head, words in CLOSED.items() for word in words.split()])
def test_each_word_of_a_closed_list_is_taken(modal: str, verb: str, key: str, word: str) -> None:
    keys = {**whole(modal, verb), key: word}
    if (verb, word) in (("retain", "review"), ("retain", "hand-over")):
        keys |= {"every": "1 year", "to": "courts"}
    if word == "attestation":
        keys["handled-by"] = "site-manager"
    assert codes(block(modal, verb, keys)) == []


@pytest.mark.parametrize("modal,verb,key", [head for head in CLOSED if head[2] != "required"])  # which takes data, too
def test_no_other_word_is(modal: str, verb: str, key: str) -> None:
    assert codes(block(modal, verb, {**whole(modal, verb), key: "otherwise"})) == ["P106"]


def test_what_must_be_given_is_data_or_one_of_three_words() -> None:
    keys = {**whole("may", "collect"), "required": "otherwise"}
    assert codes(block("may", "collect", keys)) == ["P201"]
    assert codes(block("may", "collect", {**keys, "required": "[name, email]"})) == []


@pytest.mark.parametrize(
    "modal,verb,key,name", [(*head, name) for head, names in KINDS_OF_NAMES.items() for name in names.split()]
)
def test_a_key_takes_names_of_each_of_its_kinds(modal: str, verb: str, key: str, name: str) -> None:
    assert codes(block(modal, verb, {**whole(modal, verb), key: name})) == []
    assert codes(block(modal, verb, {**whole(modal, verb), key: f"[{name}, nowhere-defined]"})) == ["P201"]


@pytest.mark.parametrize("kind,key,word", [(*head, word) for head, words in DEFINED.items() for word in words.split()])
def test_each_word_of_a_definitions_closed_list_is_taken_and_no_other(kind: str, key: str, word: str) -> None:
    assert codes(f"define: one\nis: {kind}\n{key}: {word}") == []
    assert codes(f"define: one\nis: {kind}\n{key}: otherwise") == ["P106"]


# ---- names that are built in, read from the reference ---------------------------------------------------------------------

REFERENCE = (Path(__file__).resolve().parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
NAMES = REFERENCE.split("## 5. Names")[1].split("### Moments")[0]
HEADS = {
    "Sources": "source", "Parties": "party", "Channels": "channel", "Surfaces": "surface", "Forms": "form", "Records": "record",
    "Facts": "fact", "Events": "event", "Grounds": "ground", "Agreements": "agreement", "Measures": "measure", "Places": "place",
    "Messages": "message", "Rights": "right", "Regimes": "regime",
}  # fmt: skip


def of_the_reference() -> list[tuple[str, str]]:
    """(kind, word) of every name that section 5 lists."""
    found = []
    for head, text in re.findall(r"\*\*(\w+)\*\*(.*?)(?=\*\*\w+\*\*|\n- |\Z)", NAMES, flags=re.S):
        if head in HEADS:
            for span in re.findall(r"`([^`:]+)`", text):
                found += [(HEADS[head], word) for word in span.split() if re.fullmatch(r"[a-z0-9-]+", word)]
    return found


def test_the_reference_lists_many_names_of_each_kind() -> None:
    assert {kind for kind, _ in of_the_reference()} == set(HEADS.values())
    assert len(of_the_reference()) > 200


@pytest.mark.parametrize("kind", sorted(set(HEADS.values())))
def test_each_name_of_the_reference_is_built_in(kind: str) -> None:
    known = known_ids(())[kind]
    words = [word for one, word in of_the_reference() if one == kind]
    missing = [word for word in words if word not in known and (kind, word) not in ALIASES]
    assert words and not missing


@pytest.mark.parametrize("word", "email phone telephone postal-address address delivery-address card-number card-expiry job-title employer"
                         " date-of-birth browser-type photo own-writing request-identity evidence-reference".split())  # fmt: skip
def test_each_short_form_of_data_is_data(word: str) -> None:
    assert codes(f"may use: {word}\nfor: direct-marketing") == []
    assert word in re.split(r"[\s`]+", NAMES)


@pytest.mark.parametrize("moment", [
    "created", "2 weeks after created", "2 weeks ahead of breach-known", "latest of created, disclosed", "earliest of created, disclosed",
    "18th birthday", "at once", "at once after created", "end of session", "end of request", "on 2027-01-01", "without end",
    "3 hours after created", "2 working days after created", "1 month after created", "30 to 90 days after created", "5 years after created",
])  # fmt: skip
def test_each_moment_of_the_reference_is_read(moment: str) -> None:
    assert codes(f"may retain: name\nuntil: {moment}\nthen: erase") == []


@pytest.mark.parametrize("moment,code", [("3 days", "P108"), ("soon", "P201"), ("3 moons after created", "P107"), ("on 2027-02-30", "P107"),
                                         ("90 to 30 days after created", "P107")])  # fmt: skip
def test_what_is_no_moment_is_refused(moment: str, code: str) -> None:
    found = codes(f"may retain: name\nuntil: {moment}\nthen: erase")
    assert found == [code], found
