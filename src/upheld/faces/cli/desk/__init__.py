"""Commands of the rights desk: `staff`, `disclosed`."""

from upheld.faces.cli.desk.disclosed import add_disclosed
from upheld.faces.cli.desk.staff import add_staff

__all__ = ["add_disclosed", "add_staff"]
