"""A table's columns and their samples become guesses: proof by values first, then keys, then names with values that fit them.

The order is the rule that *proven* never rests on a name: `proofs` is told none, and what comes after it says `likely` at most
(keys are the schema's own word). A table of things (products, branches, animals) has names and places that are nobody's.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from upheld.engine.estate.model import ANY_MEMBER, LiveColumn, LiveTable, member, steps_of
from upheld.engine.stores.scanning import lexicon, proofs
from upheld.engine.stores.scanning.model import Guess, snake
from upheld.engine.stores.scanning.profile import Profile, fits
from upheld.engine.stores.scanning.samples import Sample
from upheld.engine.stores.scanning.unnamed import by_looks, occupied, street_word
from upheld.language.diagnostic import counted

# What stands beside a place or an event without being about anybody.
OF_PLACES = frozenset(
    "street|town|postcode|latitude|position|grid|picture|document|job|employer|salary|income|health|weight|height|looks|education|grades|insurance|browsing|searching|language|social"
    "|device|interest|segment|travelling|vulnerable|relationship|preference|usage|views|experience|family|children|pin|secret|age|age range|tax|mood|credit|wealth".split(
        "|"
    )
)
# What a table of goods, firms or animals holds of those themselves.
OF_GOODS = OF_PLACES | frozenset(
    "birth|birth place|birth country|gender|given name|family name|official id|disability|blood|religion|ethnicity|nationality|politics|orientation|union|genetic|crime|marital".split(
        "|"
    )
)
_NOBODYS: Mapping[str, frozenset[str]] = {"": frozenset(), "places": OF_PLACES, "goods": OF_GOODS}
FREE_TEXT = "{free-text: review}"
_KEYS = frozenset("id key uuid guid ident".split())
_NOT_KEYS = frozenset("phone|bank|card|insurance|street|town|postcode|role|position|name".split("|"))
_CALLED = frozenset("name|given name|family name|full name|role|title|email|phone|username|text|birth place|secret".split("|"))
_TITLES = frozenset("title titel titre titolo titulo".split())
_SOME = 0.15  # of a column's values: enough of them are words for what people do
_MEASURED = re.compile(r"wert|value|valeur|valor|waarde|result|uitslag|esito|ergebnis|befund|dos[ie]")
_LISTED = {
    "gender": "gender",
    "marital": "marital-status",
    "religion": "religion",
    "nationality": "nationality",
    "blood": "blood-type",
    "health": "health",
    "union": "trade-union-membership",
    "relationship": "relationship",
    "education": "education",
    "ethnicity": "ethnicity",
}
_SAID_BY = "the column's name"
# Each is nearly empty of meaning in a table that is about somebody else's deal; only what fits well is said.
_WEAK = 2.0
_PLAIN = 5.5  # the weight of five letters that are a word, or of six that begin one
_TOLD = ("gender", "health", "disability", "crime", "union", "religion", "ethnicity")


def guesses_of(table: LiveTable, samples: Mapping[str, Sample], place: str) -> dict[str, Guess]:
    """A guess for every column of the table, in a store that stands in `place`."""
    writings = _writings([column.name for column in table.columns])
    things = _of_things(table)
    return {
        column.name: _column(table, column, samples.get(column.name, Sample()), writings[column.name], things, place)
        for column in table.columns
    }


def _of_things(table: LiveTable) -> str:
    """`goods`, `places` or nothing. A booking of a hotel is its guest's: what hangs on people is theirs, unless it is an animal, a good or a firm."""
    name = snake(table.name.rsplit(".", 1)[-1])
    hangs = any(lexicon.names_people(snake(key.target.rsplit(".", 1)[-1])) for key in table.foreign_keys)
    if not lexicon.names_things(name):
        return ""
    return "goods" if lexicon.names_goods(name) else "" if hangs else "places"


def _column(table: LiveTable, column: LiveColumn, sample: Sample, writings: Sequence[str], things: str, place: str) -> Guess:
    if column.family in ("text", "integer", "other", "number") and (shown := proofs.proven(sample.values, place)):
        return shown
    if column.name in table.primary_key:
        # A short list of addresses proves nothing, and is somebody's all the same.
        named = by_name(writings, Profile(sample), things) if column.family == "text" else None
        if named is not None and named.leaf == "email-address" and sample.values:
            return named
        return Guess("key", "proven", "primary key")
    if leads := [key.target for key in table.foreign_keys if column.name in key.columns]:
        return Guess("key", "proven", f"foreign key to {leads[0]}")
    profile = Profile(sample)
    if column.family == "json" or _documents(profile):
        return _json(sample.values, place, things)
    if column.family == "boolean":
        return _told_by_yes_and_no(writings, profile, things) or _undetermined(column, profile)
    named = by_name(writings, profile, things, lexicon.names_people(snake(table.name.rsplit(".", 1)[-1])))
    return (
        named or by_looks(profile, things, place) or _ailing(table, writings, profile, things) or _undetermined(column, profile)
    )


def _told_by_yes_and_no(writings: Sequence[str], profile: Profile, things: str) -> Guess | None:
    """Of a yes or no, only a name that says plainly what nobody has to tell."""
    said = {kind: weight for writing in writings for kind, weight in lexicon.kinds_of(writing)}
    plain = [kind for kind in _TOLD if said.get(kind, 0.0) >= _PLAIN]
    return by_name(writings, profile, things) if plain and not things and not profile.empty else None


def by_name(writings: Sequence[str], profile: Profile, things: str = "", of_people: bool = True) -> Guess | None:
    """What the writings of a column's name announce, heaviest first, where the values fit. Never proven.

    `of_people`: the table is called after people, so that a title may be what they do rather than what a text is called.
    """
    weights: dict[str, float] = {}
    for writing in writings:
        for kind, weight in lexicon.kinds_of(writing):
            weights[kind] = max(weights.get(kind, 0.0), weight)
    for kind in weights:
        weights[kind] += _borne_out(kind, profile)
    for kind in sorted(weights, key=lambda kind: -weights[kind]):
        leaf, what, _ = lexicon.ALL[kind]
        if weights[kind] < _WEAK or kind in _NOBODYS[things] or not fits(what, profile):
            continue
        if kind not in _CALLED and not things and _people(profile):
            continue
        if kind in _NOT_KEYS and writings[-1].rsplit("_", 1)[-1] in _KEYS and not _abbreviated(kind, profile):
            continue
        if kind in ("phone", "street") and _said_in_passing(kind, weights[kind], writings[-1]):
            continue
        if kind == "job" and not of_people and _TITLES & set(writings[-1].split("_")) and occupied(profile) < _SOME:
            continue
        if kind == "town" and weights.get("birth", 0.0) >= _WEAK:
            leaf = "birth-place"
        if kind in ("name", "role") and not _somebody(kind, profile, things):
            continue
        if kind in ("official id", "bank", "insurance", "phone", "device", "card") and serial(profile):
            continue
        if kind == "social" and not profile.empty and profile.share(lambda value: "/" in value) < 0.5:
            leaf = "username"
        seen = "its values do not speak against it" if not profile.empty else "no value was seen"
        return Guess(leaf or FREE_TEXT, "likely", f"{_SAID_BY}; {seen}", leaf)
    return None


def _borne_out(kind: str, profile: Profile) -> float:
    """How much the values speak for this kind against the others that the name announces."""
    if profile.empty:
        return 0.0
    if kind in ("name", "given name", "family name", "full name", "role"):
        return 4.0 if profile.known_names >= 0.15 and profile.namelike >= 0.9 and not profile.few else 0.0
    if kind in ("salary", "income"):
        return 2.5 if not profile.few and profile.dates < 0.5 and profile.between(500, 1_000_000) else 0.0
    if kind == "height":
        return 3.0 if not profile.few and profile.between(100, 230) else 0.0
    if kind in _LISTED:
        return 5.0 if profile.few and profile.lettered >= 0.9 and profile.within(_LISTED[kind]) >= 0.6 else 0.0
    return 0.0


def _ailing(table: LiveTable, writings: Sequence[str], profile: Profile, things: str) -> Guess | None:
    """What stands in words, or as a measured value, in a table of diagnoses or treatments."""
    if things or profile.empty or profile.flags or profile.dates >= 0.5 or not lexicon.names_health(snake(table.name)):
        return None
    worded = profile.few and profile.lettered >= 0.9 and profile.length >= 5
    measured = profile.numbers >= 0.95 and any(_MEASURED.search(writing) for writing in writings)
    return (
        Guess("health", "likely", "its table's name; its values do not speak against it", "health")
        if worded or measured
        else None
    )


def _somebody(kind: str, profile: Profile, things: str) -> bool:
    """Whether what is called a name, or somebody's part in a matter, is written like people's names."""
    if profile.empty:
        return not things
    if not things and _called_or_named(profile):
        return True
    if profile.firms >= 0.4 or profile.namelike < 0.6 or profile.share(street_word) > 0.4:
        return False
    if things:
        signed = kind == "role" and not profile.few and (profile.initialed >= 0.8 or profile.surnamed >= 0.25)
        return profile.spaced >= 0.5 and (signed or profile.known_names >= (0.15 if kind == "role" else 0.3))
    if kind == "role" and profile.namelike >= 0.9 and not profile.few:
        return profile.known_names >= 0.03 or profile.surnamed >= 0.2 or profile.initialed >= 0.5 or profile.spaced >= 0.8
    return max(profile.known_names / 0.05, profile.surnamed / 0.2, profile.titled / 0.3) >= 1 or (
        kind == "name" and not profile.few and profile.spaced < 0.9
    )


def _people(profile: Profile) -> bool:
    written = profile.namelike >= 0.9 and profile.known_names >= 0.25 and profile.spaced >= 0.5 and not profile.few
    return written and not profile.empty and profile.firms <= 0.2 and profile.share(street_word) <= 0.2


def _abbreviated(kind: str, profile: Profile) -> bool:
    """`country_id` that holds IE and FR is no key to somewhere else."""
    return kind == "town" and not profile.empty and profile.few and profile.lettered >= 0.95 and profile.length <= 3


def _said_in_passing(kind: str, weight: float, writing: str) -> bool:
    """Words that say little alone: the `num` of `failures_num` is no house's, and a `cell_id` calls nobody."""
    parts = writing.split("_")
    return len(parts) > 1 and (weight < 3 if kind == "street" else bool(_KEYS & set(parts)))


def _called_or_named(profile: Profile) -> bool:
    """Names and telephone numbers in one column: how somebody is reached."""
    calls = profile.share(proofs.is_phone_shaped)
    return calls >= 0.2 and profile.namelike >= 0.2 and calls + profile.namelike >= 0.9


def serial(profile: Profile) -> bool:
    """Numbers that follow one another are somebody's counter."""
    numbers = [int(value) for value in profile.sample.values if value.isascii() and value.isdigit() and len(value) < 16]
    return len(numbers) >= 20 and len(numbers) == len(profile.sample.values) and max(numbers) - min(numbers) < 4 * len(numbers)


def _undetermined(column: LiveColumn, profile: Profile) -> Guess:
    # The words that a type lists are values of the firm's.
    type_ = re.sub(r"(?i)^(enum|set)\(.*\)", r"\1(…)", column.type)
    said = f"{type_ or 'no declared type'}, {len(profile.sample.values):,} distinct values seen"
    if column.family in ("date", "timestamp") or (not profile.empty and profile.dates >= 0.9):
        said += "; an event, a birth date, or not personal"
    return Guess("", "undetermined", said)


# ---- names in one writing -------------------------------------------------------------------------------------------------


def _writings(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Each name in one writing, without what most names of its table begin with (`kd_`, `HRD_`, the `P` of `PNAME`)."""
    plain = {name: snake(name) for name in names}
    heads = [said.split("_", 1)[0] for said in plain.values() if "_" in said]
    found: dict[str, tuple[str, ...]] = {}
    for name, said in plain.items():
        head, _, rest = said.partition("_")
        if rest and len(names) >= 4 and heads.count(head) >= 0.5 * len(names):
            found[name] = (rest,)
        elif not rest and (cut := _shared(said, list(plain.values()))):
            found[name] = (said, said[cut:])
        else:
            found[name] = (said,)
    return found


def _shared(said: str, names: Sequence[str]) -> int:
    """How many letters, at most three, this name shares with half of the table's names; 0 if it would leave too little."""
    for size in (3, 2, 1):
        alike = [name for name in names if name[:size] == said[:size]]
        if len(said) >= size + 3 and len(alike) >= max(4, 0.4 * len(names)):
            return size
    return 0


# ---- documents --------------------------------------------------------------------------------------------------------------


ANY = re.compile(ANY_MEMBER)
_OFTEN = 0.1  # of the documents: a member that so many have is one of the firm's own


def _documents(profile: Profile) -> bool:
    return not profile.empty and profile.share(lambda value: value[:1] in "{[" and re.search(r'"\s*:', value)) >= 0.8


def _json(values: Sequence[str], place: str, things: str) -> Guess:
    """Members that hold an identifier become paths; the rest of a document is free text until read.

    A member of few documents is passed over: its name may be somebody's (`{"ada": {…}}`), and is then a value.
    """
    members: dict[str, list[str]] = {}
    met: Counter[str] = Counter()
    documents = 0
    for text in values:
        held: dict[str, list[str]] = {}
        try:
            _walk(json.loads(text), "$", held)
        except (ValueError, RecursionError):
            continue
        documents += 1
        met.update(held.keys())
        for path, found in held.items():
            members.setdefault(path, []).extend(found)
    members = {path: found for path, found in members.items() if met[path] >= max(2, _OFTEN * documents)}
    paths = {
        path: guess.leaf
        for path, found in sorted(members.items())
        if (guess := _member(path, found, place, things)) and guess.leaf
    }
    if not paths:
        return Guess(
            "", "undetermined", f"{counted(len(members), 'member')} seen, none proven personal; name paths and `others`"
        )
    listed = ", ".join(f"{json.dumps(path, ensure_ascii=False)}: {leaf}" for path, leaf in paths.items())
    return Guess(
        f"{{json: {{{listed}}}, others: {FREE_TEXT}}}", "likely", "members that hold identifiers; the rest is to be read"
    )


def _member(path: str, values: list[str], place: str, things: str) -> Guess | None:
    held = tuple(dict.fromkeys(values))
    shown = proofs.proven(held, place)
    called = next(step for step in reversed(steps_of(path)) if step != "[*]")
    return shown or by_name([snake(called)], Profile(Sample(held, len(values), len(values))), things)


def _walk(value: object, path: str, members: dict[str, list[str]]) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            if ANY.fullmatch(said := member(name)) and said != '"[*]"':
                _walk(item, f"{path}.{said}", members)
    elif isinstance(value, list):
        for item in value:
            _walk(item, f"{path}[*]", members)
    elif isinstance(value, str | int | float) and not isinstance(value, bool) and "." in path:
        members.setdefault(path, []).append(str(value))
