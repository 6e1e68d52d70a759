"""Probes of what the pages say of rights: each law's own menu, its exceptions, what it costs, and whom to complain to."""

from upheld.faces.board.probes.rights.menus import RIGHTS_PAGES

__all__ = ["RIGHTS_PAGES"]
