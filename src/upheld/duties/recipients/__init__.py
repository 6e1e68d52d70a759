"""Recipients: who got data is told of what happened to it, by its own connector, is reminded, and has an answer on record."""

from upheld.duties.recipients.callbacks import answer_by_link, take_callback
from upheld.duties.recipients.carrying import Desk, carry_out
from upheld.duties.recipients.codes import RecipientFault
from upheld.duties.recipients.model import OrderState, Registry
from upheld.duties.recipients.orders import Answer, answer_order, open_orders, place_orders
from upheld.duties.recipients.registry import read_registry

__all__ = [
    "Answer",
    "Desk",
    "OrderState",
    "RecipientFault",
    "Registry",
    "answer_by_link",
    "answer_order",
    "carry_out",
    "open_orders",
    "place_orders",
    "read_registry",
    "take_callback",
]
