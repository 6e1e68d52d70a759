"""A rendered notice becomes what its page places: title, sections for the index, text; and the roster becomes who answers.

Assumes the fragment of the notice's own renderer. Changes no word of it: the title moves to the head of the page, nothing else.
Not taken: rendering it a second time for the index; the page then could list a section that it has not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from upheld.language.promises.model import NoticeVersion

TITLE = re.compile(r"<h1>(.*?)</h1>\s*", re.DOTALL)
SECTION = re.compile(r'<section id="(part-[^"]+)">\s*<h2>(.*?)</h2>', re.DOTALL)
TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Contact:
    """Who answers: a role as words and, where the roster has them, name, e-mail, telephone and postal address."""

    role: str
    name: str = ""
    email: str = ""
    phone: str = ""
    post: str = ""


@dataclass(frozen=True, slots=True)
class NoticeParts:
    """`title` and the titles of `sections` (anchor, title) are HTML without tags; `body` is the fragment less its title."""

    title: str
    sections: tuple[tuple[str, str], ...]
    body: str


def parts_of(fragment: str) -> NoticeParts:
    """The parts; `title` is empty if the fragment has none."""
    titled = TITLE.search(fragment)
    sections = tuple((anchor, TAG.sub("", title)) for anchor, title in SECTION.findall(fragment))
    return NoticeParts(TAG.sub("", titled.group(1)) if titled else "", sections, TITLE.sub("", fragment, count=1))


def contacts_of(roster: str, version: NoticeVersion) -> tuple[Contact, ...]:
    """The roster's people, the officer first: a list of details with `role`, or a mapping from role to details."""
    read = yaml.safe_load(roster)
    if isinstance(read, dict):
        read = [{"role": role, **details} for role, details in read.items() if isinstance(details, dict)]
    found = [_contact(one) for one in read or () if isinstance(one, dict) and one.get("role")]
    officer = version.officer.replace("-", " ")
    return tuple(sorted(found, key=lambda contact: contact.role != officer))


def _contact(given: Mapping[str, object]) -> Contact:
    said = {key: str(given.get(key) or "") for key in ("name", "email", "phone", "post")}
    return Contact(str(given["role"]).replace("-", " "), **said)
