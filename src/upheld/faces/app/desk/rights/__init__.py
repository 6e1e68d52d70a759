"""The rights that change or stop something: their works, and what operators decide in them."""

from upheld.faces.app.desk.rights.closing import ClosingWork
from upheld.faces.app.desk.rights.consenting import WithdrawalWork
from upheld.faces.app.desk.rights.deciding_points import AutomatedDecisionWork, decide_review, record_decision
from upheld.faces.app.desk.rights.marketing import MarketingWork
from upheld.faces.app.desk.rights.objecting import ObjectionWork, Weighed, weigh_objections
from upheld.faces.app.desk.rights.profile import confirm_profile, correct_profile, profile_of
from upheld.faces.app.desk.rights.rectifying import RectificationWork
from upheld.faces.app.desk.rights.restricting import RestrictionWork, announce_lifting, lift_restriction

CHANGING = (
    RectificationWork(), RestrictionWork(), ObjectionWork(), MarketingWork(), WithdrawalWork(), AutomatedDecisionWork(), ClosingWork(),
)  # fmt: skip

__all__ = [
    "CHANGING",
    "Weighed",
    "announce_lifting",
    "confirm_profile",
    "correct_profile",
    "decide_review",
    "lift_restriction",
    "profile_of",
    "record_decision",
    "weigh_objections",
]
