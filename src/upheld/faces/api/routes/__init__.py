"""The addresses of the API, each a verb of the desk."""

from upheld.faces.api.routes.acts import act_handlers
from upheld.faces.api.routes.around import around_handlers
from upheld.faces.api.routes.cases import case_handlers
from upheld.faces.api.routes.disclosures import disclosure_handlers
from upheld.faces.api.routes.letters import letter_handlers
from upheld.faces.api.routes.proofs import proof_handlers
from upheld.faces.api.routes.registers import register_handlers
from upheld.faces.api.routes.tokens import token_handlers
from upheld.faces.api.routes.weighing import weighing_handlers

__all__ = [
    "act_handlers",
    "around_handlers",
    "case_handlers",
    "disclosure_handlers",
    "letter_handlers",
    "proof_handlers",
    "register_handlers",
    "token_handlers",
    "weighing_handlers",
]
