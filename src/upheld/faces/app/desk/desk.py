"""One firm's rights desk: the verbs that the privacy centre, the console, the API, the command line and the workers all call.

Holds no state of its own: everything is in our database, so that any process may go on with any case. Assumes that its caller knows who
the operator is (`by`, such as `staff:17`) and that the role may do it. Must never: release anything before identity is proven.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from upheld.duties.messages import Firm, mail_settings
from upheld.duties.requests import Case, Opened, by_link, queue_of, request_of
from upheld.duties.requests.cases import CONTINUE
from upheld.duties.requests.offers import Offer, offers
from upheld.engine.estate.model import Estate
from upheld.faces.app.declared import Labels, read_labels
from upheld.faces.app.declared.labels import FILE as LABELS
from upheld.faces.app.declared.reading import text_in
from upheld.faces.app.desk import (
    agents,
    completing,
    delivering,
    identifying,
    keeping,
    operating,
    ordering,
    papers,
    post,
    refusing,
    showing,
    signed_in,
)
from upheld.faces.app.desk.going_on import as_its_job, go_on
from upheld.faces.app.desk.model import Asked, Work
from upheld.faces.app.desk.opening import open_asked
from upheld.faces.app.desk.rights import CHANGING
from upheld.faces.app.desk.rights.objecting import objectable
from upheld.faces.app.desk.rights.restricting import LIFT, lift_due
from upheld.faces.app.desk.standing import Links, Policy, StandingFolder, firm_of, read_policy
from upheld.faces.app.desk.works import WORKS, ByHand, copies, registered
from upheld.faces.app.desk.works.pushing import Destination, destinations
from upheld.faces.app.desk.works.together import TOGETHER, erase_together
from upheld.faces.app.installation import Installation
from upheld.faces.app.parts import Work as Background
from upheld.language.law import Law, load_law
from upheld.language.law.lookup import binding
from upheld.language.promises.model import Program
from upheld.records.jobs import Handler, Schedule
from upheld.records.keys import MasterKey
from upheld.records.own import OwnDatabase

EXPIRED, WATCH, PURGE = "remove expired files", "watch the clocks", "purge ended cases"


class Desk:
    """The desk over one firm's folder. Threads may share one. NotNow at the start if the folder has errors."""

    def __init__(self, app: Installation, folder: Path) -> None:
        self.app, self.folder = app, folder
        self._standing = StandingFolder(folder)
        self.law: Law = load_law()
        self._works: Mapping[str, Work] = {**WORKS, **registered(CHANGING)}
        deployment = folder / "deployment.yaml"
        said = text_in(deployment.parent, deployment.name)
        self.policy: Policy = read_policy(said)
        self.destinations: Mapping[str, Destination] = destinations(said)
        self.tls: ssl.SSLContext | None = None  # trust other than the system's, for calls to other firms
        self.links = Links(app.settings.public_url)
        self.mail = mail_settings(app.settings.environment)

    # ---- what it stands on

    @property
    def own(self) -> OwnDatabase:
        return self.app.own

    @property
    def master(self) -> MasterKey:
        return self.app.master

    @property
    def now(self) -> datetime:
        return self.app.settings.now()

    @property
    def program(self) -> Program:
        """The program of the published version in force, as it was when somebody last asked, looked or went on; else the folder's as it stands."""
        return self._standing.program

    def _look(self) -> None:
        self._standing.look(self.own, self.now.date())

    @property
    def labels(self) -> Labels:
        """The words for the notice's names, as the folder says now."""
        return read_labels(text_in(self.folder, LABELS))

    @property
    def firm(self) -> Firm:
        """Who writes the firm's letters."""
        return firm_of(self.folder, self.program.notices[0])

    @property
    def estate(self) -> Estate | None:
        """Where the firm's data lies, as its folder says now."""
        return self._standing.now().estate

    @property
    def stores(self) -> list[str]:
        """The names of the stores that are read and written for people."""
        return sorted(self.estate.stores) if self.estate else []

    @property
    def identifiers(self) -> frozenset[str]:
        """Names by which the estate finds people, as lines of subjects write them (`email`, `phone`)."""
        estate = self.estate
        tables = [table for store in estate.stores.values() for table in store.tables.values()] if estate else []
        return frozenset(one.column for table in tables if table.root for one in table.identifies)

    def work(self, right: str) -> Work:
        """What does this right."""
        return self._works.get(right) or ByHand()

    # ---- asking

    def menu(self, regime: str) -> tuple[Offer, ...]:
        """Every right that a person under `regime` may use with this firm, and under every other of the notice that binds her, too."""
        self._look()
        return offers(self.program, self.law, self.binding(regime))

    def binding(self, regime: str) -> str:
        """The regime with the others of the notice that bind wherever it does."""
        return binding(self.law, [name.id for name in self.program.notices[0].regimes], regime)

    def open(self, asked: Asked) -> Opened:
        """The case, opened at the time of receipt whatever the channel; the same form or message opens the same case."""
        self._look()
        return open_asked(self.own, self.master, self.program, self.law, asked, self.now)

    # ---- looking

    def by_link(self, link: str) -> Case | None:
        """The case whose page this is; None for any other link."""
        with self.own.connection() as connection:
            return by_link(connection, link)

    def case(self, number: int) -> Case:
        """The case. RequestFault R101 where there is none."""
        with self.own.connection() as connection:
            return request_of(connection, number)

    def queue(self, ended: bool = False) -> tuple[Case, ...]:
        """Open cases, the most urgent first; or those that ended, the latest first."""
        with self.own.connection() as connection:
            return queue_of(connection, ended)

    # ---- the person

    def proves(self, token: str) -> bool:
        """Whether the button behind this link would prove something; a visit alone uses nothing up."""
        return identifying.opens(self, token)

    def prove_email(self, token: str) -> Case | None:
        """The address is proven, once. None for a link that opens nothing."""
        case = identifying.prove_email(self, token)
        return None if case is None else papers.settled(self, case)

    def link_again(self, number: int) -> bool:
        """A new link to the address that was given; the older opens nothing any more."""
        return identifying.link_again(self, self.case(number))

    def receive_paper(self, number: int, item: str, blocks: Iterable[bytes]) -> papers.Paper:
        """A paper that proves `item`, sealed. RequestFault R130 to R133."""
        return papers.receive(self, number, item, blocks)

    def papers(self, number: int) -> tuple[papers.Paper, ...]:
        """Every paper of the case, destroyed ones too."""
        return papers.papers_of(self, number)

    def fetch(self, token: str) -> delivering.Fetched | None:
        """A file for one person; None for a link that is unknown or over."""
        return delivering.fetch(self, token)

    def complete(self, number: int, details: Mapping[str, str], by: str = "person", country: str = "") -> Case:
        """What was missing comes in, and the case goes on when nothing lacks any more."""
        return completing.complete(self, number, details, by, country)

    def shown(self, case: Case) -> showing.Shown:
        """What the case's page shows to whoever has its link: nothing that was said, and no way to a file."""
        return showing.shown(self, case)

    def complete_asked(self, number: int, details: Mapping[str, str]) -> Case:
        """What the case still asks for comes in, and nothing else."""
        return showing.complete_asked(self, number, details)

    def prove_again(self, number: int) -> bool:
        """As `link_again`, for whoever has the case's link: not twice within a few minutes."""
        return showing.prove_again(self, number)

    def download_again(self, number: int) -> bool:
        """The links of the answer's files go once more to where the answer went."""
        return showing.download_again(self, number)

    def file_of(self, token: str) -> showing.File | None:
        """What a file's page says before it is fetched; nothing is counted."""
        return showing.file_of(self, token)

    def correctable(self) -> tuple[str, ...]:
        """Categories of people's own data, as a correction may name them."""
        return showing.correctable(self)

    def objectable(self) -> tuple[str, ...]:
        """The purposes that a person may object to, marketing aside, in alphabetical order."""
        return tuple(sorted(objectable(self.program)))

    def withdraw(self, number: int, by: str = "person") -> Case:
        """The person wants nothing any more."""
        return operating.withdraw(self, number, by)

    # ---- verifiers

    def see_paper(self, number: int, serial: int, by: str) -> tuple[str, Iterator[bytes]]:
        """Media type and bytes, for the case's one verifier. RequestFault R134, R135."""
        return papers.see(self, number, serial, by)

    def accept_papers(self, number: int, items: frozenset[str], by: str) -> Case:
        """These items are proven; papers that nothing waits for any more are destroyed."""
        return papers.accept(self, number, items, by)

    def reject_papers(self, number: int, why: str, by: str) -> Case:
        """The papers prove nothing: they are destroyed, and the person is asked again."""
        return papers.reject(self, number, why, by)

    # ---- operators

    def approve(self, number: int, digests: Sequence[str], by: str) -> Case:
        """What was prepared is carried out; `digests` are of the plans that were shown."""
        return operating.approve(self, number, digests, by)

    def send_back(self, number: int, why: str, by: str) -> Case:
        """What was prepared is prepared anew."""
        return operating.send_back(self, number, why, by)

    def answer_by_hand(self, number: int, text: str, by: str) -> Case:
        """A person's answer to a question, a complaint, or a right that no machine can do."""
        return operating.answer_by_hand(self, number, text, by)

    def grounds(self, number: int, right: str) -> Mapping[str, str]:
        """Ground → where it stands, of everything on which this right may be refused to this person."""
        return refusing.grounds(self, self.case(number), right)

    def propose_refusal(self, number: int, right: str, ground: str, reasons: str, by: str) -> Case:
        """A refusal waits for a second person."""
        return refusing.propose(self, number, right, ground, reasons, by)

    def confirm_refusal(self, number: int, right: str, by: str) -> Case:
        """The second person says yes; the letter names law, reasons and where to complain."""
        return refusing.confirm(self, number, right, by)

    def extend(self, number: int, reason: str, by: str) -> Case:
        """The answer may take longer, and the person is told why and until when."""
        return operating.extend(self, number, reason, by)

    def ask_fee(self, number: int, right: str, amount: str, what_for: str, by: str) -> Case:
        """The person is told, before a further copy is made, what it costs and for what. R124, R125."""
        return copies.ask_fee(self, number, right, amount, what_for, by)

    def fee_paid(self, number: int, by: str) -> Case:
        """The fee that was asked came in. R126 where none is owed."""
        return copies.fee_paid(self, number, by)

    def take(self, number: int, owner: str, by: str) -> Case:
        """An operator has the case."""
        return operating.take(self, number, owner, by)

    def note(self, number: int, text: str, by: str) -> Case:
        """A remark for the desk, sealed with the case."""
        return operating.note(self, number, text, by)

    # ---- going on

    def go_on(self, number: int) -> None:
        """The case is brought as far as it comes by itself."""
        self._look()
        go_on(self, number)
        agents.look(self, number)

    def _as_its_job(self, number: int) -> None:
        as_its_job(self, number)
        agents.look(self, number)

    def in_background(self) -> Background:
        """What workers do for the desk: jobs by name, and what is done at its hour."""
        handlers: dict[str, Handler] = {
            CONTINUE: lambda ids: self._as_its_job(int(str(ids["case"]))),
            "send letter": lambda ids: post.send(self, int(str(ids["letter"]))),
            WATCH: lambda _: _none(keeping.watch(self)),
            PURGE: lambda _: _none(keeping.purge_ended(self)),
            EXPIRED: lambda _: _none((delivering.remove_expired(self), signed_in.remove_ended(self))),
            TOGETHER: lambda _: _none(erase_together(self)),
            LIFT: lambda _: _none(lift_due(self)),
            **ordering.handlers(self),
            **agents.handlers(self),
            **post.handlers(self),
        }
        hours = (
            ordering.SCHEDULE,
            *post.SCHEDULES,
            Schedule("7 * * * *", WATCH),
            Schedule("12 * * * *", LIFT),
            Schedule("17 3 * * *", EXPIRED),
            Schedule("27 3 * * *", PURGE),
        )
        return Background(handlers, hours)


def _none(_: object) -> None:
    """A job has no result."""
