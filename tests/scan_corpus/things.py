"""Values that say nothing of a person by themselves: keys, amounts, moments, codes, products, machines; and what looks like more."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from faker import Generator

from tests.scan_corpus import numbers, people, words

Maker = Callable[[Generator, Random, str, str], object]


def span(argument: str, low: int, high: int) -> tuple[int, int]:
    """The two ends that stand in the argument, or those given."""
    ends = [int(float(part)) for part in argument.split()]
    return (ends[0], ends[1]) if len(ends) > 1 else (low, high)


def day(f: Generator, r: Random, a: str, c: str) -> date:
    """A date between 1 January of the first year and 31 December of the second (2015 to 2024)."""
    first, last = span(a, 2015, 2024)
    start = date(first, 1, 1)
    return start + timedelta(days=r.randrange((date(last, 12, 31) - start).days))


def moment(f: Generator, r: Random, a: str, c: str) -> datetime:
    """A moment of such a day."""
    on = day(f, r, a, c)
    return datetime(on.year, on.month, on.day, r.randrange(24), r.randrange(60), r.randrange(60))  # noqa: DTZ001 - databases hold them so


def choice(f: Generator, r: Random, a: str, c: str) -> str:
    """One of the words, comma between them."""
    return r.choice([part.strip() for part in a.split(",")])


def number_choice(f: Generator, r: Random, a: str, c: str) -> int:
    """One of the whole numbers, comma between them."""
    return int(r.choice(a.split(",")))


def ip(f: Generator, r: Random, a: str, c: str) -> str:
    """An address on the net: `6`, `private`, `port` (with a port behind it), else version 4."""
    if a == "6":
        return f.ipv6()
    if a == "private":
        return f"10.{r.randint(0, 40)}.{r.randint(0, 255)}.{r.randint(1, 254)}"
    return f.ipv4_public() + (f":{r.randint(1024, 65535)}" if a == "port" else "")


def document(f: Generator, r: Random, a: str, c: str) -> str:
    """A JSON document: `contact`, `request`, `address` speak of a person; `settings`, `size`, `pets` do not by themselves."""
    made: dict[str, Callable[[], dict[str, object]]] = {
        "contact": lambda: {
            "contact": {"email": people.email(f, r, "", c), "tel": people.phone(f, r, "", c)},
            "n": r.randint(1, 9),
        },
        "request": lambda: {"ip": f.ipv4_public(), "ua": f.user_agent(), "ms": r.randint(1, 900)},
        "address": lambda: {
            "name": people.full_name(f, r, "", c),
            "street": f.street_address(),
            "zip": f.postcode(),
            "city": f.city(),
        },
        "settings": lambda: {"theme": r.choice(["dark", "light"]), "rows": r.choice([10, 25, 50]), "beta": r.random() < 0.2},
        "size": lambda: {
            "w": r.randint(1, 90),
            "h": r.randint(1, 90),
            "unit": "cm",
            "v": f"{r.randint(1, 9)}.{r.randint(0, 9)}",
        },
        "tags": lambda: {"tags": r.sample(["a1", "b2", "new", "sale", "old", "eco"], 2), "level": r.randint(1, 5)},
    }
    return json.dumps(made[a]())


def file(f: Generator, r: Random, a: str, c: str) -> str:
    """A file's name; `photo` a picture of somebody under a folder, `scan` a scanned paper."""
    if a == "photo":
        return f"/media/faces/{numbers.pattern(r, '~~/~~~~~~~~~~')}.jpg"
    return f"{f.word()}_{r.randint(1, 999)}.{r.choice(words.ENDINGS)}"


def version(f: Generator, r: Random, a: str, c: str) -> str:
    """A version: in four parts like an address on the net, or in three."""
    count = 4 if a == "four" else 3
    return ".".join(str(r.randint(1 if at == 0 else 0, 12)) for at in range(count))


def unlucky(f: Generator, r: Random, a: str, c: str) -> str:
    """Digits that do not pass Luhn."""
    body = numbers.luhny(r, int(a))
    return body[:-1] + str((int(body[-1]) + r.randint(1, 9)) % 10)


def bounded(f: Generator, r: Random, a: str, c: str) -> int:
    """A whole number from the first to the second."""
    return r.randint(*span(a, 0, 1000))


def amount(f: Generator, r: Random, a: str, c: str) -> float:
    """An amount with two decimals."""
    return round(r.uniform(*span(a, 0, 500)), 2)


RECIPES: dict[str, tuple[str, Maker]] = {
    "int": ("INTEGER", bounded),
    "bigint": ("BIGINT", lambda f, r, a, c: int(numbers.digits(r, int(a)))),
    "dec": ("NUMERIC(12,2)", amount),
    "bool": ("BOOLEAN", lambda f, r, a, c: r.random() < 0.4),
    "one": ("VARCHAR(60)", choice),
    "num": ("INTEGER", number_choice),
    "date": ("DATE", day),
    "datedmy": ("VARCHAR(10)", lambda f, r, a, c: day(f, r, a, c).strftime("%d.%m.%Y")),
    "dateint": ("INTEGER", lambda f, r, a, c: int(day(f, r, a, c).strftime("%Y%m%d"))),
    "moment": ("TIMESTAMP", moment),
    "epoch": ("BIGINT", lambda f, r, a, c: int((moment(f, r, a, c) - datetime(1970, 1, 1)).total_seconds())),  # noqa: DTZ001 - see above
    "time": ("VARCHAR(8)", lambda f, r, a, c: f"{r.randrange(24):02d}:{r.choice(['00', '15', '30', '45'])}"),
    "code": ("VARCHAR(60)", lambda f, r, a, c: numbers.pattern(r, a.replace("9", "#"))),
    "digits": ("VARCHAR(40)", lambda f, r, a, c: numbers.digits(r, int(a))),
    "luhn": ("VARCHAR(40)", lambda f, r, a, c: numbers.luhny(r, int(a))),
    "unlucky": ("VARCHAR(40)", unlucky),
    "firm": ("VARCHAR(30)", lambda f, r, a, c: numbers.FIRMS[a](r)),
    "company": ("VARCHAR(120)", lambda f, r, a, c: f.company()),
    "product": (
        "VARCHAR(80)",
        lambda f, r, a, c: f"{r.choice(words.PRODUCTS[c])} {r.choice(['', 'XL', 'Pro', '2000', 'S', 'de luxe'])}".strip(),
    ),
    "phonemodel": ("VARCHAR(40)", lambda f, r, a, c: r.choice(words.PHONE_MODELS)),
    "pet": ("VARCHAR(40)", lambda f, r, a, c: r.choice(words.PETS)),
    "colour": ("CHAR(7)", lambda f, r, a, c: r.choice(words.COLOURS)),
    "word": ("VARCHAR(40)", lambda f, r, a, c: f.word()),
    "words": ("VARCHAR(120)", lambda f, r, a, c: " ".join(f.words(int(a or 3))).capitalize()),
    "text": ("TEXT", lambda f, r, a, c: f.paragraph(nb_sentences=int(a or 2))),
    "ip": ("VARCHAR(48)", ip),
    "mac": ("VARCHAR(17)", lambda f, r, a, c: f.mac_address().replace(":", "-") if a == "dash" else f.mac_address()),
    "version": ("VARCHAR(20)", version),
    "url": ("VARCHAR(200)", lambda f, r, a, c: f"https://www.example.org/{f.word()}/{r.randint(1, 9999)}"),
    "uuid": ("VARCHAR(36)", lambda f, r, a, c: str(UUID(int=r.getrandbits(128), version=4))),
    "hex": ("VARCHAR(128)", lambda f, r, a, c: numbers.pattern(r, "~" * int(a or 32))),
    "file": ("VARCHAR(200)", file),
    "json": ("TEXT", document),
    "bic": ("VARCHAR(11)", lambda f, r, a, c: f.swift(length=11)),
    "vin": ("VARCHAR(17)", lambda f, r, a, c: f.vin()),
    "currency": ("CHAR(3)", lambda f, r, a, c: r.choice(["EUR", "EUR", "EUR", "GBP", "USD", "CHF"])),
    "lang": ("VARCHAR(5)", lambda f, r, a, c: r.choice(["de", "en", "fr", "es", "it", "nl", "pl"])),
    "const": ("VARCHAR(60)", lambda f, r, a, c: a),
    "nothing": ("VARCHAR(60)", lambda f, r, a, c: None),
}
