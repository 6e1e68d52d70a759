"""What a desk stands on: the firm's folder, who signs its letters, where its pages stand, what the deployment sets."""

from upheld.faces.app.desk.standing.firm import firm_of
from upheld.faces.app.desk.standing.folder import StandingFolder
from upheld.faces.app.desk.standing.links import CENTRE, Links
from upheld.faces.app.desk.standing.policy import Policy, read_policy

__all__ = ["CENTRE", "Links", "Policy", "StandingFolder", "firm_of", "read_policy"]
