"""The privacy centre: where a person asks for her rights, follows her request and fetches the answer; public, without an account."""

from upheld.faces.site.centre.limits import Limits
from upheld.faces.site.centre.routes import centre_part

__all__ = ["Limits", "centre_part"]
