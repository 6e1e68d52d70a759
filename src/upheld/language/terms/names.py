"""The names that every notice knows without defining them, by kind; short forms; groups among them.

Names are looked up by (kind, id): `cookies` may be a source and a choice. Personal data and purposes come from the W3C
Data Privacy Vocabulary (`dpv.csv`, licence beside it); the rest are the words of docs/language.md section 5. Countries
are ISO 3166-1 alpha-2 codes. Not taken: the vocabulary's hierarchy; a column carries a leaf, and notices group leaves.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

ALIASES: dict[tuple[str, str], str] = {
    ("data", "email"): "email-address",
    ("data", "phone"): "telephone-number",
    ("data", "telephone"): "telephone-number",
    ("data", "postal-address"): "physical-address",
    ("data", "address"): "physical-address",
    ("data", "delivery-address"): "physical-address",
    ("data", "card-number"): "payment-card-number",
    ("data", "card-expiry"): "payment-card-expiry",
    ("data", "job-title"): "job",
    ("data", "employer"): "current-employment",
    ("data", "date-of-birth"): "birth-date",
    ("data", "browser-type"): "user-agent",
    ("data", "photo"): "picture",
    ("channel", "telephone"): "phone",
    ("channel", "post"): "letter",
}

_WORDS: dict[str, str] = {
    # The last five lie in Upheld's own tables: who asks, and what is kept so that nobody is brought back or written to.
    "data": "own-writing request-identity evidence-reference erasure-mark suppression-mark staff-identity",
    "purpose": "as-permitted storage",
    "source": "device server-log network-log cookies scripts beacons upload import public",
    "party": "subject guardian representative visitors customers staff processors recipients authorities courts third-parties"
    " affected-subjects",
    "group": "",
    "channel": "email phone sms letter push posting visit same-channel continued-use tick-box unsubscribe-link"
    " browser-setting settings gpc dnt fax in-person",
    "surface": "notice banner cookie-page rights-page privacy-centre preference-centre unsubscribe-page processor-page"
    " sign-in refusals",
    "form": "hash slow-hash token last-four initials masked pseudonym encrypted count country region city general-area"
    " path-only pass-through aggregate anonymous combined summary copy further-copy machine-readable"
    " direct-transmission supplementary-statement view-only read-only scrubbed",
    "record": "reason approver second-approver review end-date instrument scope-review citation assessment case request"
    " order invoice contract hold register-entry certificate permission authority-proof answer author live-link"
    " decision",
    "fact": "age-known signed-in customer account-active account-open purpose-live consented objected restricted opted-out"
    " hold-open guardian-agreed signal-on law-requires-consent barred-by-law law-permits",
    "event": "collected created received last-activity account-closed case-closed purpose-ended opted-out consent-withdrawn"
    " disclosed rectified erased restriction-lifted placed posted version-effective purpose-starts breach-known"
    " child-found backup-expires agreement-ended hold-ends transferred hidden choice-made stored breach",
    "ground": "consent required-by-law legal-obligation law",
    "agreement": "this-notice version-given",
    "measure": "tls encryption-at-rest role-access password-sign-in password-policy host-only-scope random-values"
    " opaque-values integrity-check restore-test file-permissions access-log firewall antivirus monitoring"
    " tenant-keys hardened-hosts classified-columns",
    "place": "own-stores databases indexes files logs backups replicas devices",
    "message": "administrative service own-promotion partner-promotion reply",
    "right": "access rectification erasure restriction portability objection objection-direct-marketing automated-decision"
    " withdraw-consent confirm information third-party-list opt-out-sale complaint complaint-to-controller appeal"
    " account-closing leave posting-removal document-copy answer-to-question child-report suspend-disclosure"
    " limit-sensitive opt-out-targeted-advertising opt-out-profiling data-broker-delete deindex",
    "role": "",
    "regime": "eu-gdpr uk-gdpr-pecr us-ca-ccpa ca-pipeda ca-casl ca-qc-law25 za-popia us-can-spam us-coppa br-lgpd"
    " us-state-generic",
    "standard": "",
}
_COUNTRIES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF
CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH
GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW
KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG
NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN
SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT
ZA ZM ZW
"""

# Names that stand for every name of their kind, themselves included.
EVERYTHING: frozenset[tuple[str, str]] = frozenset(
    {
        ("data", "personal-data"),
        ("tracker", "any"),
        ("message", "any"),
        ("statistic", "any-statistic"),
        ("party", "any"),
        ("party", "anyone"),
        ("channel", "any"),
        ("right", "all-rights"),
    }
)

_GROUPS: dict[tuple[str, str], str] = {
    ("message", "any-promotion"): "own-promotion partner-promotion",
    ("channel", "electronic"): "email sms push",
}


@cache
def vocabulary() -> dict[tuple[str, str], tuple[str, bool]]:
    """(kind, name) → (term of the vocabulary, counts as a special category). Package data, read once."""
    text = (files(__package__) / "dpv.csv").read_text(encoding="utf-8")
    return {(kind, name): (term, mark == "special") for kind, name, term, mark in csv.reader(text.splitlines())}


@cache
def country_names() -> dict[str, str]:
    """ISO 3166-1 alpha-2 code → English name, from the vocabulary's list of places."""
    text = files("upheld.language.terms").joinpath("countries.csv").read_text("utf-8")
    return {row["code"]: row["name"] for row in csv.DictReader(text.splitlines())}


@cache
def builtin() -> dict[str, frozenset[str]]:
    """Kind → the ids of that kind that need no definition, groups and aliases left out."""
    found = {kind: set(words.split()) for kind, words in _WORDS.items()}
    found["place"] |= set(_COUNTRIES.split())
    for kind, name in vocabulary():
        found[kind].add(name)
    return {kind: frozenset(ids) for kind, ids in found.items()}


@cache
def builtin_groups() -> dict[tuple[str, str], frozenset[str]]:
    """(kind, id) of a built-in group → the ids that it holds."""
    special = frozenset(name for (kind, name), (_, mark) in vocabulary().items() if kind == "data" and mark)
    found = {key: frozenset(held.split()) for key, held in _GROUPS.items()}
    found[("data", "special-category")] = special
    found[("data", "sensitive")] = special
    return found


# Measures whose probe exists as a kind of control; any other needs `holds`, or an attestation.
PROBED_MEASURES = frozenset(_WORDS["measure"].split())

# Facts and events that the product itself keeps, so that no column of the firm needs to.
OWN_FACTS = frozenset(
    "age-known signed-in consented objected restricted opted-out hold-open guardian-agreed signal-on law-requires-consent"
    " barred-by-law law-permits purpose-live".split()
)
OWN_EVENTS = frozenset(
    "received case-closed purpose-ended opted-out consent-withdrawn disclosed rectified erased restriction-lifted placed"
    " version-effective purpose-starts breach-known breach child-found backup-expires agreement-ended hold-ends transferred"
    " hidden choice-made stored collected posted while-ended".split()
)
