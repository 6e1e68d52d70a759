"""Numbers with check digits: cards, accounts, national numbers, firms' numbers, and numbers that only look like them.

Check digits come from python-stdnum's own calculations, or a number is drawn until stdnum accepts it. No code of the product.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from stdnum import ean as eans
from stdnum import iban as ibans
from stdnum import luhn
from stdnum.es import ccc, cif, dni, nie
from stdnum.fr import nir
from stdnum.gb import nhs, utr
from stdnum.gb import vat as gb_vat
from stdnum.isin import calc_check_digit as isin_digit
from stdnum.iso7064 import mod_11_10
from stdnum.it import codicefiscale
from stdnum.nl import bsn

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CONSONANTS = "BCDFGLMNPRSTVZ"
MONTHS = "ABCDEHLMPRST"


def digits(r: Random, count: int, first: str = "123456789") -> str:
    """As many digits as asked, the first out of `first`."""
    return r.choice(first) + "".join(r.choice("0123456789") for _ in range(count - 1))


def pattern(r: Random, shape: str) -> str:
    """`#` a digit, `@` a capital letter, `%` a digit that is not 0, `~` a hexadecimal digit; the rest as it stands."""
    kinds = {"#": "0123456789", "%": "123456789", "@": LETTERS, "~": "0123456789abcdef"}
    return "".join(r.choice(kinds[sign]) if sign in kinds else sign for sign in shape)


def luhny(r: Random, count: int, start: str = "") -> str:
    """Digits that pass Luhn."""
    body = start + digits(r, count - 1 - len(start))
    return body + luhn.calc_check_digit(body)


def card(r: Random, form: str = "") -> str:
    """A payment card number: `spaced`, `masked`, `last4`, or plain."""
    start = r.choice(["4", "4", "51", "52", "53", "54", "55", "2221", "2720", "37", "6011"])
    number = luhny(r, 15 if start == "37" else 16, start)
    if form == "spaced":
        return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
    if form == "masked":
        return "XXXX-XXXX-XXXX-" + number[-4:]
    return number[-4:] if form == "last4" else number


def iban(r: Random, country: str, form: str = "") -> str:
    """An account number with right check digits, `spaced` in fours or plain."""
    body = _BBAN[country](r)
    number = country + ibans.calc_check_digits(country + "00" + body) + body
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4)) if form == "spaced" else number


def _spanish_account(r: Random) -> str:
    bank, account = r.choice(["2100", "0049", "0182", "2085"]) + pattern(r, "####"), pattern(r, "##########")
    return bank + ccc.calc_check_digits(bank + "00" + account) + account


_BBAN: dict[str, Callable[[Random], str]] = {
    "DE": lambda r: pattern(r, "%##") + r.choice(["50010", "40044", "70020"]) + pattern(r, "##########"),
    "GB": lambda r: r.choice(["NWBK", "BARC", "LOYD", "HBUK"]) + pattern(r, "%#############"),
    "FR": lambda r: r.choice(["30002", "20041", "30004"]) + pattern(r, "#####" + "#" * 13),
    "ES": _spanish_account,
    "IT": lambda r: r.choice(LETTERS) + r.choice(["03069", "02008", "05034"]) + pattern(r, "#####" + "#" * 12),
    "NL": lambda r: r.choice(["ABNA", "INGB", "RABO", "TRIO"]) + pattern(r, "0#########"),
}


def _drawn(draw: Callable[[], str], accepted: Callable[[str], bool]) -> str:
    while not accepted(number := draw()):
        pass
    return number


def german_tax(r: Random) -> str:
    """Steuer-Identifikationsnummer: in the first ten digits exactly one stands twice."""
    nine = r.sample("0123456789", 9)
    ten = [*nine, r.choice(nine)]
    r.shuffle(ten)
    if ten[0] == "0":
        return german_tax(r)
    return "".join(ten) + mod_11_10.calc_check_digit("".join(ten))


def german_insurance(r: Random) -> str:
    """Sozialversicherungsnummer: area, day of birth, letter, serial, check digit as the statute (VKVV § 4) weighs them."""
    born = f"{r.randint(1, 28):02d}{r.randint(1, 12):02d}{r.randint(40, 99):02d}"
    area, letter, serial = r.choice(["12", "15", "53", "65", "38"]), r.choice(LETTERS), f"{r.randint(0, 99):02d}"
    plain = area + born + f"{LETTERS.index(letter) + 1:02d}" + serial
    weighed = (int(sign) * weight for sign, weight in zip(plain, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True))
    return area + born + letter + serial + str(sum(part // 10 + part % 10 for part in weighed) % 10)


def french(r: Random) -> str:
    """Numéro de sécurité sociale with its key."""
    place = f"{r.choice([*range(1, 20), *range(21, 96)]):02d}{r.randint(1, 580):03d}"
    body = f"{r.randint(1, 2)}{r.randint(40, 99)}{r.randint(1, 12):02d}{place}{r.randint(1, 600):03d}"
    return body + nir.calc_check_digits(body)


def italian(r: Random) -> str:
    """Codice fiscale: letters of the names, day of birth (women plus 40), town, check letter."""
    names = "".join(r.choice(CONSONANTS) for _ in range(6))
    day = r.randint(1, 28) + r.choice([0, 40])
    body = f"{names}{r.randint(40, 99)}{r.choice(MONTHS)}{day:02d}{r.choice(['H501', 'F205', 'L219', 'F839', 'G273', 'D612'])}"
    return body + codicefiscale.calc_check_digit(body)


def spanish(r: Random, kind: str) -> str:
    """DNI, or NIE of a foreigner."""
    if kind == "nie":
        body = r.choice("XYZ") + digits(r, 7)
        return body + nie.calc_check_digit(body)
    body = digits(r, 8)
    return body + dni.calc_check_digit(body)


NATIONAL: dict[str, Callable[[Random], str]] = {
    "de-tax": german_tax,
    "de-tax-spaced": lambda r: " ".join([(n := german_tax(r))[:2], n[2:5], n[5:8], n[8:]]),
    "de-insurance": german_insurance,
    "de-passport": lambda r: pattern(r, "C0%T#KF#%"),
    "fr-nir": french,
    "fr-nir-spaced": lambda r: " ".join([(n := french(r))[0], n[1:3], n[3:5], n[5:7], n[7:10], n[10:13], n[13:]]),
    "fr-passport": lambda r: pattern(r, "##@@#####"),
    "es-dni": lambda r: spanish(r, "dni"),
    "es-dni-dash": lambda r: (n := spanish(r, "dni"))[:-1] + "-" + n[-1],
    "es-nie": lambda r: spanish(r, "nie"),
    "es-passport": lambda r: pattern(r, "@@@######"),
    "it-cf": italian,
    "it-cf-lower": lambda r: italian(r).lower(),
    "it-idcard": lambda r: pattern(r, "C@#####@@"),
    "nl-bsn": lambda r: _drawn(lambda: digits(r, 9), bsn.is_valid),
    "nl-passport": lambda r: pattern(r, "N@@#@#@#%"),
    "gb-nhs": lambda r: _drawn(lambda: digits(r, 10), nhs.is_valid),
    "gb-nhs-spaced": lambda r: " ".join([(n := NATIONAL["gb-nhs"](r))[:3], n[3:6], n[6:]]),
    "gb-nino": lambda r: r.choice("ABCEGHJK") + r.choice("ABCEGHJK") + pattern(r, "######") + r.choice("ABCD"),
    "gb-utr": lambda r: utr.calc_check_digit(n := digits(r, 9)) + n,
    "gb-passport": lambda r: digits(r, 9),
    "us-ssn": lambda r: f"{r.randint(1, 665):03d}-{r.randint(1, 99):02d}-{r.randint(1, 9999):04d}",
}


def siren(r: Random) -> str:
    """A French firm's number."""
    return luhny(r, 9)


def _french_vat(r: Random) -> str:
    firm = siren(r)
    return f"FR{(12 + 3 * (int(firm) % 97)) % 97:02d}{firm}"


def _spanish_firm(r: Random) -> str:
    body = r.choice("AB") + digits(r, 7)
    return body + cif.calc_check_digits(body)[0]


def _italian_firm(r: Random) -> str:
    body = digits(r, 7) + f"{r.randint(1, 95):03d}"
    return body + luhn.calc_check_digit(body)


def _ean(r: Random) -> str:
    body = r.choice(["40", "30", "84", "80", "87", "50"]) + digits(r, 10)
    return body + eans.calc_check_digit(body)


def _isbn(r: Random) -> str:
    body = "978" + digits(r, 9, "0123")
    return body + eans.calc_check_digit(body)


def _isin(r: Random) -> str:
    body = r.choice(["DE", "FR", "US", "GB"]) + "000" + pattern(r, "@#####")
    return body + isin_digit(body)


FIRMS: dict[str, Callable[[Random], str]] = {
    "de-vat": lambda r: "DE" + (n := digits(r, 8)) + mod_11_10.calc_check_digit(n),
    "de-register": lambda r: "HRB " + digits(r, r.randint(4, 6)),
    "fr-vat": _french_vat,
    "fr-siren": siren,
    "fr-siret": lambda r: luhny(r, 14, siren(r) + "000"),
    "es-vat": lambda r: "ES" + _spanish_firm(r),
    "es-cif": _spanish_firm,
    "it-vat": lambda r: "IT" + _italian_firm(r),
    "it-iva": _italian_firm,
    "nl-vat": lambda r: "NL" + _drawn(lambda: digits(r, 9), bsn.is_valid) + "B01",
    "nl-kvk": lambda r: digits(r, 8),
    "gb-vat": lambda r: "GB" + _drawn(lambda: digits(r, 9), gb_vat.is_valid),
    "gb-company": lambda r: pattern(r, "0#######"),
    "us-ein": lambda r: pattern(r, "%#-#######"),
    "ean": _ean,
    "isbn": _isbn,
    "isbn-dashed": lambda r: "-".join([(n := _isbn(r))[:3], n[3:4], n[4:7], n[7:12], n[12]]),
    "imei": lambda r: luhny(r, 15, "35"),
    "isin": _isin,
    "iccid": lambda r: luhny(r, 19, "8949"),
}
