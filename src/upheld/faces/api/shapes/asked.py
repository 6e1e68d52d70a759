"""What programs send: shapes with limits, so that what cannot be meant never reaches the desk."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

NO_NUL = r"^[^\u0000]*$"
SOME = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"
ID = r"^[a-z][a-z0-9-]{0,79}$"
SEVERAL = r"^[a-z][a-z0-9-]{0,79}(\+[a-z][a-z0-9-]{0,79}){0,4}$"
Said = Annotated[str, Meta(max_length=500, pattern=NO_NUL)]
Long = Annotated[str, Meta(max_length=20_000, pattern=NO_NUL)]
Text = Annotated[str, Meta(min_length=1, max_length=20_000, pattern=SOME)]
Right = Annotated[str, Meta(pattern=ID, description="A right, as the menu of the regime names it.", examples=["erasure"])]
Item = Annotated[str, Meta(pattern=ID, description="Something that was asked to be proven.", examples=["identity"])]
Channel = Literal["email", "phone", "letter", "fax", "in-person", "web-form"]
Language = Literal["en", "fr", "de", "es"]
Scope = Literal["read", "intake", "work", "verify", "admin"]


class Person(msgspec.Struct, rename="kebab", forbid_unknown_fields=True, omit_defaults=True):
    """What the person said. All of it is sealed at once under the case's own key; what is left out is asked back for if it is needed."""

    name: Said = ""
    first_name: Said = ""
    last_name: Said = ""
    email: Said = ""
    phone: Said = ""
    account: Said = ""
    address_text: Said = ""
    company_name: Said = ""
    company_place: Said = ""
    words: Long = ""
    statement: Long = ""
    corrections: Long = ""
    purposes: Said = ""
    grounds: Said = ""
    recipient: Said = ""
    authority: Annotated[str, Meta(max_length=500, pattern=NO_NUL, description="Whom a representative acts for.")] = ""
    for_email: Annotated[
        str, Meta(max_length=500, pattern=NO_NUL, description="How you know that person, where it is not by `email`.")
    ] = ""
    tenant: Annotated[
        str,
        Meta(
            max_length=500,
            pattern=NO_NUL,
            description="The client on whose instruction it is, where rows are held for clients.",
        ),
    ] = ""
    for_phone: Annotated[str, Meta(max_length=500, pattern=NO_NUL, description="Her telephone number.")] = ""
    for_born: Annotated[
        str,
        Meta(
            pattern=r"^(\d{4}-\d{2}-\d{2})?$", description="Her birthday: of a child, a guardian asks.", examples=["2016-04-30"]
        ),
    ] = ""

    def details(self) -> dict[str, str]:
        """By the desk's own words, what was said and nothing else."""
        return {field.encode_name: text for field in msgspec.structs.fields(self) if (text := getattr(self, field.name))}


class NewCase(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    """A request as it came in. The clock runs from `received-at`, not from when it is written down."""

    regime: Annotated[
        str,
        Meta(
            pattern=SEVERAL, description="Under which law, or several that bind at once, joined by `+`.", examples=["eu-gdpr"]
        ),
    ]
    channel: Annotated[Channel, Meta(description="How it came in.", examples=["web-form"])]
    person: Person
    rights: Annotated[list[Right], Meta(max_length=12, description="Empty: a question.", examples=[["access"]])] = []
    received_at: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        Meta(description="When it came in; now, where it is left out.", examples=["2026-11-02T09:30:00Z"]),
    ] = None
    origin: Annotated[
        str,
        Meta(
            max_length=200,
            pattern=NO_NUL,
            description="Your own number of it: the same one opens the same case, once.",
            examples=["form-4711"],
        ),
    ] = ""
    language: Annotated[Language, Meta(description="In which our letters are.")] = "en"
    country: Annotated[
        str, Meta(pattern=r"^([A-Z]{2})?$", description="Where the person lives, ISO 3166.", examples=["FR"])
    ] = ""
    representative: Annotated[bool, Meta(description="Somebody acts for the person.")] = False


class MoreSaid(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    """What was missing."""

    person: Person
    country: Annotated[str, Meta(pattern=r"^([A-Z]{2})?$")] = ""


class Approval(msgspec.Struct, forbid_unknown_fields=True):
    """A yes to what was shown, and to nothing else."""

    digests: Annotated[
        list[Annotated[str, Meta(pattern=r"^[0-9a-f]{8,128}$")]],
        Meta(max_length=50, description="Fingerprints of the plans that were shown; empty where none was."),
    ] = []


class Words(msgspec.Struct, forbid_unknown_fields=True):
    """What somebody says of it: a reason, an answer, a remark, a cause."""

    text: Annotated[
        Text, Meta(description="In words that the person, or a colleague, understands.", examples=["We looked again."])
    ]


class Refusal(msgspec.Struct, forbid_unknown_fields=True):
    """A right is not granted; a second person must agree."""

    right: Right
    ground: Annotated[str, Meta(pattern=ID, description="One of the grounds listed for this right.", examples=["legal-claim"])]
    reasons: Annotated[Text, Meta(description="What is so in this case.")]


class Proven(msgspec.Struct, forbid_unknown_fields=True):
    """What the papers prove."""

    items: Annotated[list[Item], Meta(min_length=1, max_length=12)]


class Fee(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    """What a further copy costs."""

    right: Right
    amount: Annotated[
        str,
        Meta(pattern=r"^[0-9]{1,6}(\.[0-9]{2})? [A-Z]{3}$", description="With its currency, ISO 4217.", examples=["12.50 EUR"]),
    ]
    what_for: Annotated[Said, Meta(description="The cost that it covers.", examples=["Printing and postage"])]


class WeighedPurpose(msgspec.Struct, forbid_unknown_fields=True):
    """One purpose that is objected to. What goes on has a reason, and the law or clause that lets it."""

    purpose: Annotated[str, Meta(pattern=ID)]
    decision: Annotated[
        Literal["upheld", "dismissed", "excepted"],
        Meta(description="It ends for good; it goes on; it goes on until a contract ends."),
    ]
    because: Said = ""
    cites: Said = ""
    until: date | None = None


class Weighing(msgspec.Struct, forbid_unknown_fields=True):
    """An objection, decided."""

    purposes: Annotated[list[WeighedPurpose], Meta(min_length=1, max_length=100)]


class Lifting(msgspec.Struct, forbid_unknown_fields=True):
    """That a restriction ends, as the person is told."""

    day: Annotated[date, Meta(description="The day on which it ends.", examples=["2026-12-01"])]
    text: Annotated[Text, Meta(description="Why.")]


class Recipients(msgspec.Struct, forbid_unknown_fields=True):
    """Who is meant, by the names of the recipients' file."""

    recipients: Annotated[list[Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]], Meta(min_length=1, max_length=50)]


class OrderAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """What a recipient said."""

    state: Annotated[Literal["acknowledged", "done", "refused"], Meta(examples=["done"])]


Cell = Annotated[str, Meta(max_length=500, pattern=NO_NUL)] | int


class Disclosed(msgspec.Struct, forbid_unknown_fields=True):
    """Data of one person was given to one recipient on one day."""

    person: Annotated[
        dict[Annotated[str, Meta(max_length=100)], Cell | dict[Annotated[str, Meta(max_length=100)], Cell]],
        Meta(
            min_length=1,
            max_length=12,
            description="Who she is, as a line of subjects says it: an identifier, or a table and a key.",
            examples=[{"email": "ada@example.test"}],
        ),
    ]
    recipient: Annotated[str, Meta(pattern=ID, description="As the notice or your recipients' file calls it.")]
    data: Annotated[
        list[Annotated[str, Meta(pattern=ID)]],
        Meta(min_length=1, max_length=100, description="Kinds of data, in words of the notice.", examples=[["email-address"]]),
    ]
    day: Annotated[date, Meta(examples=["2020-02-01"])]
    purpose: Annotated[str, Meta(pattern=r"^([a-z][a-z0-9-]{0,79})?$", description="What for, in words of the notice.")] = ""


class Disclosures(msgspec.Struct, forbid_unknown_fields=True):
    """What was given to whom. The same again changes nothing."""

    disclosures: Annotated[list[Disclosed], Meta(min_length=1, max_length=1_000)]


class NewToken(msgspec.Struct, forbid_unknown_fields=True):
    """A token of your own account, for a program."""

    name: Annotated[str, Meta(min_length=1, max_length=100, pattern=SOME, examples=["our web form"])]
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=5, examples=[["intake"]])]
    ends: Annotated[datetime, Meta(tz=True, description="At most a year ahead.", examples=["2027-06-30T00:00:00Z"])]
