"""`recipients.yaml` becomes entries: who got data, how they are told, and when they are told again; every fault collected, with its line.

Reads shapes and words; whether the notice knows the recipient is `registry`'s. Must never: hold a secret; a file that has one in it is
refused and the value is not repeated. Not taken: entries in the notice; an address is of this deployment, a promise is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

import yaml

from upheld.duties.recipients.codes import finding
from upheld.duties.recipients.kinds import KINDS
from upheld.duties.recipients.model import ACTS, Entry
from upheld.engine.estate.codes import nearest
from upheld.engine.estate.forms import FORMS
from upheld.engine.estate.yaml_nodes import Map, Node, Page, entries, is_null, read_page, text_of, texts_of
from upheld.language.diagnostic import Diagnostic

FILE = "recipients.yaml"
TOP = ("chase", "recipients")
WORDS = (
    "party", "connector", "address", "credentials", "data", "found-by", "can", "chase", "person", "because", "closes-without", "private",
    "recorded", "with",
)  # fmt: skip
PEM = "-----BEGIN CERTIFICATE-----"
UNITS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
_SPAN = re.compile(r"([1-9][0-9]{0,3}) (hour|day|week)s?\Z")
_ENV = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)\Z")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")
_SECRET = re.compile(r"key|token|secret|password|credential", re.I)
_OURS = {"E101": "R302", "E102": "R303", "E103": "R304", "E104": "R305", "E105": "R305"}
_HELP = "See docs/recipients.md for the shape."


class _Page(Page):
    """A page whose faults of shape bear this room's codes."""

    def fault(self, code: str, node: Node | int, detail: str, help: str, suggestion: str | None = None) -> None:
        line = node if isinstance(node, int) else node.start_mark.line + 1
        detail = detail.replace("deeper than any estate", "too deep").replace("like `store: shop`", "like `recipients:`")
        help = help.replace("docs/estate.md", "docs/recipients.md")
        self.findings.append(finding(_OURS.get(code, code), self.file, line, detail, help, suggestion))


def read_entries(text: str, file: str = FILE) -> tuple[dict[str, Entry], tuple[Diagnostic, ...]]:
    """The entries by name, and every fault of shape. An entry with a fault is read as far as it goes, for further checks only."""
    page = _Page(file)
    root = read_page(page, text)
    top = entries(page, root, "the file", TOP) if root is not None else {}
    chase = _spans(page, top["chase"][1]) if "chase" in top else ()
    found: dict[str, Entry] = {}
    listed = entries(page, top["recipients"][1], "`recipients`") if "recipients" in top else {}
    if root is not None and not listed and "recipients" not in top:
        page.fault("R304", 1, "There is no `recipients`.", _HELP)
    for name, (key, node) in listed.items():
        if not _NAME.match(name):
            page.fault(
                "R305", key, "A recipient's name is of other letters than a-z, 0-9 and `-`.", "Name it as the notice does."
            )
            continue
        found[name] = _entry(page, name, key, entries(page, node, f"`{name}`", WORDS), chase)
    return found, tuple(page.findings)


def _entry(page: Page, name: str, key: Node, given: Map, chase: tuple[timedelta, ...]) -> Entry:
    kind = _text(page, given, "connector")
    if not kind:
        page.fault(
            "R304", key, f"`{name}` names no connector.", "Say how it is told: `connector: webhook`, or `person`, or `none`."
        )
    elif kind not in KINDS:
        listed = ", ".join(f"`{word}`" for word in sorted(KINDS))
        page.fault(
            "R309",
            given["connector"][1],
            f"`{name}` has the connector `{kind}`.",
            f"Use one of {listed}.",
            nearest(kind, KINDS),
        )
    waits = _spans(page, given["chase"][1]) if "chase" in given else chase
    made = Entry(
        name=name,
        party=_text(page, given, "party") or name,
        connector=kind,
        line=key.start_mark.line + 1,
        address=_address(page, name, kind, given),
        secrets=_secrets(page, name, given),
        data=frozenset(texts_of(page, given["data"][1], "`data`")) if "data" in given else frozenset(),
        found_by=_listed(page, given, "found-by", (*FORMS, "key")),
        can=frozenset(_listed(page, given, "can", ACTS)),
        chase=waits,
        person=_text(page, given, "person"),
        because=_text(page, given, "because"),
        closes_without=_without(page, given),
        private=_yes(page, given, "private"),
        recorded=_yes(page, given, "recorded"),
        settings=_settings(page, given),
    )
    if kind in KINDS:
        _complete(page, made, key)
    return made


def _complete(page: Page, entry: Entry, key: Node) -> None:
    """What its connector needs stands there, and it claims nothing that the connector cannot do."""
    kind = KINDS[entry.connector]
    if entry.connector == "none":
        if not entry.because:
            page.fault(
                "R304",
                key,
                f"`{entry.name}` is never told, and nobody says why.",
                "Add `because:` with the reason; answers show it.",
            )
        return
    if not entry.chase:
        page.fault(
            "R304", key, f"`{entry.name}` has no `chase`.", "Say after which waits it is reminded: `chase: [3 days, 7 days]`."
        )
    if list(entry.chase) != sorted(set(entry.chase)):
        page.fault(
            "R311",
            key,
            f"The waits of `{entry.name}` do not grow.",
            "Write growing waits, such as `[3 days, 7 days, 14 days]`.",
        )
    if kind.address and not entry.address:
        page.fault(
            "R304",
            key,
            f"`{entry.name}` has no `address`.",
            f"The connector `{entry.connector}` needs `address:` ({kind.address}).",
        )
    if entry.connector != "person" and not entry.found_by:
        page.fault("R304", key, f"`{entry.name}` has no `found-by`.", "Say how it knows people: `found-by: [email/1]`.")
    for word in kind.secrets:
        if word not in entry.secrets:
            page.fault("R304", key, f"`{entry.name}` has no credential `{word}`.", f"Add `credentials: {{{word}: env:NAME}}`.")
    for word in entry.secrets:
        if word not in kind.secrets:
            page.fault(
                "R303", key, f"`{entry.connector}` has no credential `{word}`.", "See docs/recipients.md for what it takes."
            )
    if beyond := entry.can - kind.capabilities:
        listed = ", ".join(f"`{word}`" for word in sorted(beyond))
        page.fault(
            "R310", key, f"`{entry.connector}` cannot do {listed}.", "Take it out of `can:`; a person is then asked to do it."
        )
    if not entry.can and entry.connector != "person":
        page.fault("R304", key, f"`{entry.name}` has no `can`.", "Say what it can be told: `can: [erase, rectify]`.")
    if "certificate" in entry.settings and not str(entry.settings["certificate"]).startswith(PEM):
        page.fault("R305", key, f"The certificate of `{entry.name}` is no PEM text.", f"Begin it with `{PEM}`.")
    for word in kind.settings:
        if word not in entry.settings:
            page.fault(
                "R304", key, f"`{entry.name}` has no `{word}` under `with`.", "See docs/recipients.md for what it takes."
            )


def _address(page: Page, name: str, kind: str, given: Map) -> str:
    address = _text(page, given, "address")
    if not address:
        return ""
    if kind == "sql":
        if not _ENV.match(address):
            page.fault("R306", given["address"][1], f"The address of `{name}` holds a password.", "Write `address: env:NAME`.")
            return ""
        return address
    if kind == "mail":
        if "@" not in address or any(mark in address for mark in " \n<>,;"):
            page.fault(
                "R305",
                given["address"][1],
                f"The address of `{name}` is no e-mail address.",
                "Write one address, without a name.",
            )
        return address
    try:
        parts = urlsplit(address)
        userinfo, fits = parts.username or parts.password, parts.scheme in ("https", "http") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        userinfo, fits = None, False
    if userinfo:
        page.fault(
            "R306",
            given["address"][1],
            f"The address of `{name}` holds a user or password.",
            "Give it under `credentials:` as env:NAME.",
        )
        return ""
    if not fits or parts.query or parts.fragment:
        page.fault(
            "R305",
            given["address"][1],
            f"The address of `{name}` is no https address.",
            "Write such as `https://api.example.test/v1`.",
        )
    elif parts.scheme == "http" and not _yes(page, given, "private"):
        page.fault(
            "R325",
            given["address"][1],
            f"`{name}` would be told without encryption.",
            "Use https; plain http only with `private: yes`.",
        )
    return address.rstrip("/")


def _secrets(page: Page, name: str, given: Map) -> dict[str, str]:
    if "credentials" not in given:
        return {}
    found = {}
    for word, (_, node) in entries(page, given["credentials"][1], "`credentials`").items():
        match = _ENV.match(text_of(page, node, f"`{word}`"))
        if match:
            found[word] = match.group(1)
        else:
            page.fault(
                "R306",
                node,
                f"The credential `{word}` of `{name}` is written out.",
                f"Write `{word}: env:NAME` and set that variable.",
            )
    return found


def _settings(page: Page, given: Map) -> dict[str, object]:
    """`with:` as plain texts, lists and mappings; nothing in it may look like a secret."""
    if "with" not in given:
        return {}
    found: dict[str, object] = {}
    for word, (key, node) in entries(page, given["with"][1], "`with`").items():
        if _SECRET.search(word):
            page.fault("R306", key, f"`{word}` under `with` looks like a secret.", "Give it under `credentials:` as env:NAME.")
            continue
        found[word] = _plain(page, node)
    return found


def _plain(page: Page, node: Node) -> object:
    if isinstance(node, yaml.SequenceNode):
        return [_plain(page, item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return {word: _plain(page, inner) for word, (_, inner) in entries(page, node, "an entry of `with`").items()}
    return text_of(page, node, "`with`")


def _spans(page: Page, node: Node) -> tuple[timedelta, ...]:
    found = []
    for word in texts_of(page, node, "`chase`"):
        match = _SPAN.match(word)
        if match:
            found.append(int(match.group(1)) * UNITS[match.group(2)])
        else:
            page.fault("R305", node, "A wait of `chase` cannot be read.", "Write such as `[12 hours, 3 days, 2 weeks]`.")
    return tuple(found)


def _listed(page: Page, given: Map, word: str, known: tuple[str, ...]) -> tuple[str, ...]:
    if word not in given:
        return ()
    found = texts_of(page, given[word][1], f"`{word}`")
    for one in found:
        if one not in known:
            listed = ", ".join(f"`{each}`" for each in known)
            page.fault(
                "R305", given[word][1], f"`{word}` holds an unknown word.", f"Use some of {listed}.", nearest(one, known)
            )
    return tuple(one for one in found if one in known)


def _without(page: Page, given: Map) -> Mapping[str, str]:
    if "closes-without" not in given:
        return {}
    found = {}
    for regime, (key, node) in entries(page, given["closes-without"][1], "`closes-without`").items():
        words = text_of(page, node, f"`{regime}`").strip()
        if not words:
            page.fault(
                "R312",
                key,
                "A regime is named without its words.",
                "Cite the article that lets an answer go out without the recipient.",
            )
        else:
            found[regime] = words
    return found


def _text(page: Page, given: Map, word: str) -> str:
    return text_of(page, given[word][1], f"`{word}`").strip() if word in given and not is_null(given[word][1]) else ""


def _yes(page: Page, given: Map, word: str) -> bool:
    said = _text(page, given, word)
    if said not in ("", "yes", "no"):
        page.fault("R305", given[word][1], f"`{word}` is neither `yes` nor `no`.", "Write `yes` or leave it out.")
    return said == "yes"
