"""The Data Rights Protocol 1.0: agents bring requests of many people, ask how they stand, take them back."""

from upheld.faces.api.drp.part import drp_part

__all__ = ["drp_part"]
