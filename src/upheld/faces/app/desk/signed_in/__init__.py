"""People whom the firm's own application has signed in: handed over once, known for a while, and what they may do themselves."""

from upheld.faces.app.desk.signed_in.consents import Consent, consents_of
from upheld.faces.app.desk.signed_in.sessions import Person, enter, hand_over, leave, remove_ended, who
from upheld.faces.app.desk.signed_in.uses import Use, uses_of

__all__ = ["Consent", "Person", "Use", "consents_of", "enter", "hand_over", "leave", "remove_ended", "uses_of", "who"]
