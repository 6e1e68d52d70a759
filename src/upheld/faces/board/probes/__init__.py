"""The probes that exist: what gives evidence of which control."""

from upheld.faces.board.probes.absent import ABSENT
from upheld.faces.board.probes.calendar import CALENDAR_CANARY, CALENDAR_COUNT
from upheld.faces.board.probes.canary import CANARY_ASKS
from upheld.faces.board.probes.context import Probe, ProbeContext, Readable
from upheld.faces.board.probes.desk import DESK
from upheld.faces.board.probes.endings import DISPOSAL_CLOCK, GROUNDS
from upheld.faces.board.probes.estate import ESTATE_CLASSIFIED, LOCATION_DECLARED
from upheld.faces.board.probes.law_clock import LAW_CLOCK
from upheld.faces.board.probes.ledger import LEDGER_INTEGRITY
from upheld.faces.board.probes.pages import PAGE_SHOWN
from upheld.faces.board.probes.registers import REGISTERS
from upheld.faces.board.probes.restore import BACKUPS_EXPIRE, RESTORED
from upheld.faces.board.probes.rights import RIGHTS_PAGES
from upheld.faces.board.probes.scope import SURFACES
from upheld.faces.board.probes.served import PAGE_PARTS, SENTENCES
from upheld.faces.board.probes.version_pages import VERSION_PAGES
from upheld.faces.board.probes.versions import VERSION_REGISTER

PROBES: tuple[Probe, ...] = (
    LEDGER_INTEGRITY,
    ESTATE_CLASSIFIED,
    LOCATION_DECLARED,
    CANARY_ASKS,
    GROUNDS,
    CALENDAR_COUNT,
    CALENDAR_CANARY,
    DISPOSAL_CLOCK,
    *ABSENT,
    LAW_CLOCK,
    PAGE_SHOWN,
    PAGE_PARTS,
    SENTENCES,
    RESTORED,
    BACKUPS_EXPIRE,
    VERSION_REGISTER,
    VERSION_PAGES,
    DESK,
    SURFACES,
    RIGHTS_PAGES,
    *REGISTERS,
)

__all__ = ["PROBES", "Probe", "ProbeContext", "Readable"]
