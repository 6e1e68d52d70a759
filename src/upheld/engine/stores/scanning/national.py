"""A country becomes the numbers that its state gives to people, each with the check that a true one passes.

Numbers of firms are left out, also where the same check is theirs (Dutch RSIN): the reason of a guess says which check it was.
The checks are python-stdnum's; two that it lacks stand here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module

Check = Callable[[str], bool]
# Numbers without a check digit (an American SSN, a British NINO) are left to names.
MODULES = {
    "AD": "", "AL": "al.nipt", "AR": "ar.dni ar.cuit", "AT": "at.vnr at.tin", "AU": "au.tfn", "BE": "be.nn be.bis", "BG": "bg.egn bg.pnf", "BR": "br.cpf", "CA": "ca.sin",
    "CH": "ch.ssn", "CL": "cl.rut", "CN": "cn.ric", "CO": "co.nit", "CR": "cr.cpf", "CU": "cu.ni", "CZ": "cz.rc", "DE": "de.idnr", "DK": "dk.cpr", "DO": "do.cedula", "EC": "ec.ci", "EE": "ee.ik",
    "ES": "es.dni es.nie", "FI": "fi.hetu", "FR": "fr.nir fr.nif", "GB": "gb.nhs gb.utr", "GR": "gr.amka", "HR": "hr.oib", "ID": "id.nik", "IE": "ie.pps", "IL": "il.idnr", "IN": "in_.aadhaar", "IS": "is_.kennitala",
    "IT": "it.codicefiscale", "LT": "lt.asmens", "LV": "lv.pk", "MX": "mx.curp", "NL": "nl.bsn", "NO": "no.fodselsnummer", "NZ": "nz.ird", "PL": "pl.pesel", "PT": "pt.cc pt.nif", "RO": "ro.cnp", "RS": "rs.jmbg",
    "SE": "se.personnummer", "SI": "si.emso", "SK": "sk.rc", "TR": "tr.tckimlik", "UA": "ua.rntrc", "ZA": "za.idnr",
}  # fmt: skip
# So telling that they are asked for everywhere: people cross borders with these.
EVERYWHERE = "it.codicefiscale es.dni es.nie fr.nir be.nn"
_WEIGHTS = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)


@cache
def checks(place: str) -> tuple[tuple[str, Check], ...]:
    """Names and checks of the numbers that may be met in this country (ISO 3166-1 alpha-2); those of its own first."""
    names = dict.fromkeys([*MODULES.get(place, "").split(), *EVERYWHERE.split()])
    own: list[tuple[str, Check]] = [(name, _valid(name)) for name in names]
    extra: dict[str, tuple[str, Check]] = {"DE": ("de.svnr", _svnr), "ES": ("es.naf", _naf)}
    return (*([extra[place]] if place in extra else []), *own)


def any_of(valid: Iterable[Check]) -> Check:
    """Passes what any of them passes: a column of residents holds several kinds."""
    each = tuple(valid)
    return lambda value: any(check(value) for check in each)


def _valid(name: str) -> Check:
    module = import_module(f"stdnum.{name}")

    def check(value: str) -> bool:
        # A check that pads short numbers with zeros would pass small ones; eight signs are the least of these numbers.
        return 8 <= len(value) <= 24 and bool(module.is_valid(value))

    return check


def _svnr(value: str) -> bool:
    """German pension insurance number: office, birthday, letter of the name, serial, check digit (VKVV § 4)."""
    said = re.sub(r"[ /-]", "", value).upper()
    if not re.fullmatch(r"\d{8}[A-Z]\d{3}", said):
        return False
    digits = said[:8] + f"{ord(said[8]) - 64:02d}" + said[9:11]
    products = (int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))
    return sum(product // 10 + product % 10 for product in products) % 10 == int(said[11])


def _naf(value: str) -> bool:
    """Spanish social security number: province, serial, remainder of 97."""
    said = re.sub(r"[ /-]", "", value)
    if not re.fullmatch(r"\d{12}", said) or not 1 <= int(said[:2]) <= 66:
        return False
    province, serial = int(said[:2]), int(said[2:10])
    base = province * 10_000_000 + serial if serial < 10_000_000 else int(said[:10])
    return base % 97 == int(said[10:])
