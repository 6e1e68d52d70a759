"""Values that say something of a person: names, ways to reach them, places, days of birth, what they wrote.

From Faker's locales where it has them. Mail goes to names that nobody can own (example.test, example.org).
"""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from faker import Generator

from tests.scan_corpus import numbers
from tests.scan_corpus.words import ASIDES, TITLES

MOBILES = {
    "DE": [
        "0171 39200##",
        "+49 171 39200##",
        "0151/########",
        "0049 30 23125###",
        "(030) 23125-###",
        "+49 (0)89 9998 ####",
        "0221-4710###",
    ],
    "GB": ["07700 900###", "+44 7700 900###", "020 7946 0###", "01632 960###", "(0161) 496 0###", "+441632960###"],
    "US": ["(212) 555-01##", "415-555-01##", "+1 202 555 01##", "312.555.01##", "1-617-555-01##"],
    "FR": ["06 39 98 ## ##", "01 99 00 ## ##", "+33 6 39 98 ## ##", "0639980###", "02.61.91.##.##", "+33 (0)4 65 71 ## ##"],
    "ES": ["6## ### ###", "+34 6########", "91 ### ## ##", "93#######", "0034 6## ## ## ##"],
    "IT": ["3## #######", "+39 34########", "06 #######", "02/########", "051-######", "0039 33########"],
    "NL": ["06-########", "+31 6 ########", "020-#######", "0031 6########", "(030) ### ## ##", "+31 (0)10 ### ####"],
}
DOMAINS = [
    "example.test",
    "example.org",
    "example.com",
    "example.net",
    "post.example.test",
    "mail.example.org",
    "mx.example.net",
]
HASHED = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def plain(text: str) -> str:
    """Letters and digits alone, lower case, as mail systems make them of a name."""
    bare = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss").replace("ø", "o").replace("ł", "l"))
    return "".join(sign for sign in bare if sign.isascii() and sign.isalnum())


def full_name(f: Generator, r: Random, form: str, country: str) -> str:
    """A name in one column: plain, `comma` (last, first), `upper`, `titled`, `initial`."""
    first, last = f.first_name(), f.last_name()
    shapes = {
        "": f"{first} {last}",
        "comma": f"{last}, {first}",
        "upper": f"{last} {first}".upper(),
        "titled": f"{r.choice(TITLES[country])} {first} {last}",
        "initial": f"{first[0]}. {last}",
        "short": first[0] + last[:2].upper(),
    }
    return shapes[form]


def email(f: Generator, r: Random, form: str, country: str) -> str:
    """An address: plain, `named` (with a display name), `firm` (of a department), `upper`."""
    if form == "firm":
        return f"{r.choice(['info', 'office', 'contact', 'sales', 'admin'])}@{plain(f.last_name())}.example.test"
    first, last = plain(f.first_name()), plain(f.last_name())
    local = r.choice(
        [f"{first}.{last}", f"{first[0]}{last}", f"{last}{r.randint(1, 99)}", f"{first}_{last}", f"{first}{r.randint(60, 99)}"]
    )
    address = f"{local}@{r.choice(DOMAINS)}"
    if form == "named":
        return f"{first.title()} {last.title()} <{address}>"
    return address.upper() if form == "upper" else address


def phone(f: Generator, r: Random, form: str, country: str) -> str | int:
    """A number as people write it; `digits` as an integer that has lost its zero, `e164`, `made` as Faker makes it."""
    if form == "made" or (not form and r.random() < 0.3):
        return f.phone_number()
    written = numbers.pattern(r, r.choice(MOBILES[country]))
    if form == "digits":
        return int("".join(sign for sign in written if sign.isdigit()))
    if form == "e164":
        return numbers.pattern(r, next(s for s in MOBILES[country] if s.startswith("+"))).replace(" ", "").replace("(0)", "")
    return written


def birth(f: Generator, r: Random, form: str, country: str) -> date | str | int:
    """A day of birth: `child`, `dmy` and `mdy` as text, `int` as yyyymmdd, `year`, `iso` as text; else a date of an adult."""
    young, old = (1, 12) if form == "child" else (17, 90)
    day = date(2024, 6, 30) - timedelta(days=r.randint(young * 365, old * 365))
    texts: dict[str, str | int] = {
        "dmy": f"{day.day:02d}.{day.month:02d}.{day.year}",
        "slash": f"{day.day:02d}/{day.month:02d}/{day.year}",
        "mdy": f"{day.month:02d}/{day.day:02d}/{day.year}",
        "int": day.year * 10000 + day.month * 100 + day.day,
        "year": day.year,
        "iso": day.isoformat(),
    }
    return texts.get(form, day)


def expiry(f: Generator, r: Random, form: str, country: str) -> str:
    """Until when a card is good, in fixed years, so that the day of the run changes nothing: 03/27, or `long`, 03/2027."""
    return f"{r.randint(1, 12):02d}/{'20' if form == 'long' else ''}{r.randint(24, 33)}"


def street(f: Generator, r: Random, form: str, country: str) -> str:
    """Street and number; `name` the street alone, `number` the number alone, `full` the whole address, `lines` in lines."""
    if form == "name":
        return f.street_name()
    if form == "number":
        return f"{r.randint(1, 180)}{r.choice(['', '', '', '', 'a', 'B', '/2'])}"
    if form == "full":
        return f.address().replace("\n", ", ")
    return f.address() if form == "lines" else f.street_address().replace("\n", " ")


def password(f: Generator, r: Random, form: str, country: str) -> str:
    """A stored password: `bcrypt`, `argon2`, `pbkdf2`, `sha1`, `md5`, `plain`."""
    if form == "bcrypt":
        return "$2y$12$" + _signs(r, 53)
    if form == "argon2":
        return "$argon2id$v=19$m=65536,t=3,p=4$" + _signs(r, 22).replace(".", "a") + "$" + _signs(r, 43).replace(".", "b")
    if form == "pbkdf2":
        return f"pbkdf2_sha256$600000${_signs(r, 22)}$" + base64.b64encode(bytes(r.randrange(256) for _ in range(32))).decode()
    if form == "plain":
        return r.choice([f.first_name().lower() + str(r.randint(1, 2020)), f.password(length=r.randint(7, 12))])
    return numbers.pattern(r, "~" * (40 if form == "sha1" else 32))


def _signs(r: Random, count: int) -> str:
    return "".join(r.choice(HASHED) for _ in range(count))


def note(f: Generator, r: Random, form: str, country: str) -> str:
    """What somebody typed: a sentence or two, now and then with a name, a number, a mail address; `long` is a letter."""
    said = f.sentence(nb_words=r.randint(5, 14)) if form != "long" else f.paragraph(nb_sentences=r.randint(3, 6))
    if r.random() < 0.25:
        aside = r.choice(ASIDES[country])
        who, tel, mail = full_name(f, r, "", country), phone(f, r, "", country), email(f, r, "", country)
        said += " " + aside.format(name=who, phone=tel, email=mail, street=street(f, r, "", country))
    return said


def username(f: Generator, r: Random, form: str, country: str) -> str:
    """What somebody calls themselves to a machine."""
    return r.choice(
        [
            f.user_name(),
            plain(f.first_name()) + str(r.randint(1, 2010)),
            r.choice(["xX_", "the", "mr", "la"]) + plain(f.last_name()),
        ]
    )


def place(f: Generator, r: Random, form: str, country: str) -> float | str:
    """`lat`, `lon`, or both as a text."""
    middle = {
        "DE": (51, 10),
        "GB": (53, -1.5),
        "US": (40, -90),
        "FR": (46.5, 2.5),
        "ES": (40, -4),
        "IT": (43, 12),
        "NL": (52.2, 5.2),
    }[country]
    lat, lon = (round(middle[0] + r.uniform(-1.5, 1.5), 6), round(middle[1] + r.uniform(-1.5, 1.5), 6))
    return lat if form == "lat" else lon if form == "lon" else f"{lat:.5f},{lon:.5f}"


def state(f: Generator, r: Random, form: str, country: str) -> str:
    """A region of the country."""
    for name in ("administrative_unit", "state", "region", "county", "province"):
        if hasattr(f, name):
            return str(getattr(f, name)())
    return str(f.city())


Maker = Callable[[Generator, Random, str, str], object]
RECIPES: dict[str, tuple[str, Maker]] = {
    "name": ("VARCHAR(120)", full_name),
    "first": ("VARCHAR(60)", lambda f, r, a, c: f.first_name()),
    "last": ("VARCHAR(60)", lambda f, r, a, c: f.last_name().upper() if a == "upper" else f.last_name()),
    "title": ("VARCHAR(20)", lambda f, r, a, c: r.choice(TITLES[c])),
    "email": ("VARCHAR(160)", email),
    "phone": ("VARCHAR(40)", phone),
    "birth": ("DATE", birth),
    "street": ("VARCHAR(200)", street),
    "zip": ("VARCHAR(12)", lambda f, r, a, c: f.postcode()),
    "city": ("VARCHAR(80)", lambda f, r, a, c: f.city()),
    "state": ("VARCHAR(80)", state),
    "country": ("VARCHAR(80)", lambda f, r, a, c: f.country_code() if a == "code" else f.country()),
    "username": ("VARCHAR(60)", username),
    "password": ("VARCHAR(200)", password),
    "national": ("VARCHAR(30)", lambda f, r, a, c: numbers.NATIONAL[a](r)),
    "card": ("VARCHAR(24)", lambda f, r, a, c: numbers.card(r, a)),
    "expiry": ("VARCHAR(7)", expiry),
    "iban": ("VARCHAR(42)", lambda f, r, a, c: numbers.iban(r, c if c != "US" else "GB", a)),
    "plate": ("VARCHAR(12)", lambda f, r, a, c: f.license_plate()),
    "job": ("VARCHAR(250)", lambda f, r, a, c: f.job()),
    "ua": ("VARCHAR(300)", lambda f, r, a, c: f.user_agent()),
    "place": ("DOUBLE PRECISION", place),
    "note": ("TEXT", note),
}
