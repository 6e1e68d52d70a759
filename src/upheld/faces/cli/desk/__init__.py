"""Commands of the rights desk: `staff`."""

from upheld.faces.cli.desk.staff import add_staff

__all__ = ["add_staff"]
