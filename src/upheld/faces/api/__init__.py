"""The API: everything that the console does, for programs; and the Data Rights Protocol, for agents of many people."""

from upheld.faces.api.drp import drp_part
from upheld.faces.api.part import api_part

__all__ = ["api_part", "drp_part"]
