"""What the deployment sets for its desk, where neither notice nor law gives a number: how long a link opens, how often we remind.

Read from `deployment.yaml` under `desk:`; a key that is left out has the value here, a wrong one is refused with its name (R111).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta

from upheld.faces.app.declared.reading import read_mapping
from upheld.faces.app.errors import Unusable

MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Policy:
    """Whole days, but `link_hours`. `reminder`: an asking that nobody answered is repeated once; `kept`: details of an ended case."""

    link_hours: int = 48  # a link sent by e-mail proves the address while it lasts
    download_days: int = 14
    reminder_days: int = 7
    warning_days: int = 7  # before the last day, the desk is warned
    kept_days: int = 30  # what was said in a case that ended is destroyed after this; its line in the register stays

    @property
    def link(self) -> timedelta:
        return timedelta(hours=self.link_hours)

    @property
    def download(self) -> timedelta:
        return timedelta(days=self.download_days)


def read_policy(deployment: str) -> Policy:
    """The policy of a deployment file's text. Unusable (R111) names the key that is unknown or no number of days."""
    said = read_mapping(deployment, "deployment.yaml", "R111", "Mend the file, or leave the keys under `desk:` out.").get(
        "desk", {}
    )
    known = {field.name.replace("_", "-"): field.name for field in fields(Policy)}
    if not isinstance(said, Mapping):
        raise _wrong("desk", "it is no list of keys")
    values = {}
    for key, value in said.items():
        if key not in known:
            raise _wrong(str(key), f"known are {', '.join(sorted(known))}")
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_DAYS:
            raise _wrong(str(key), f"a whole number from 1 to {MOST_DAYS}")
        values[known[key]] = value
    return Policy(**values)


def _wrong(key: str, why: str) -> Unusable:
    return Unusable(
        "R111", f"deployment.yaml: `{key[:30]}` under `desk:` cannot be used: {why}.", "Mend the file, or leave the key out."
    )
