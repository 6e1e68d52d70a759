"""Every right and the work that does it. A right without a work of its own waits for a person, who writes the answer."""

from upheld.faces.app.desk.works.accessing import AccessWork
from upheld.faces.app.desk.works.by_hand import ByHand, registered
from upheld.faces.app.desk.works.erasing import ErasureWork
from upheld.faces.app.desk.works.porting import PortabilityWork

WORKS = registered([AccessWork(), ErasureWork(), PortabilityWork()])

__all__ = ["WORKS", "ByHand", "registered"]
