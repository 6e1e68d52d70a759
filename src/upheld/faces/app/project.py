"""A firm's folder becomes the texts that the pure rooms read: notice, annexes, estate, lock, deployment.

The folder holds `notice.md`, beside it annexes, `contacts.yaml`, `deployment.yaml`, `recipients.yaml`, `decision-points.yaml`, `profile.yaml`, `labels.yaml`, `agents.yaml`, `scope.yaml`, `bases.yaml` and `estate/` with one
file per store and `estate.lock`. Nothing is written here. Not taken: a configuration file that lists them; the names are the configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from upheld.faces.app.errors import Unusable

NOTICE = "notice.md"
MAX_FILE_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Project:
    """`sources` maps names as the front matter writes them to texts; `estate` likewise, None where no folder is."""

    folder: Path
    main: str
    sources: Mapping[str, str]
    estate: Mapping[str, str] | None
    lock: str | None
    deployment: tuple[str, str] | None
    recipients: str | None = None
    points: str = ""  # decision-points.yaml
    profile: str = ""  # profile.yaml
    agents: str | None = None  # agents.yaml
    scope: str = ""  # scope.yaml
    bases: str = ""  # bases.yaml
    labels: str = ""  # labels.yaml


def read_project(path: Path) -> Project:
    """The texts of a folder, or of the folder a notice file stands in. Unusable names the file that cannot be read."""
    file = path / NOTICE if path.is_dir() else path
    if not file.is_file():
        raise Unusable(
            "N001",
            f"There is no notice at {file}.",
            f"Give the notice file, or a folder that holds {NOTICE}; `upheld init` writes one.",
        )
    folder = file.parent
    sources = {other.name: _text(other) for other in sorted(folder.glob("*.md")) + sorted(folder.glob("*.yaml"))}
    sources[file.name] = _text(file)
    deployment = sources.pop("deployment.yaml", None)
    recipients = sources.pop("recipients.yaml", None)
    points, profile = sources.pop("decision-points.yaml", ""), sources.pop("profile.yaml", "")
    agents, scope = sources.pop("agents.yaml", None), sources.pop("scope.yaml", "")
    bases = sources.pop("bases.yaml", "")
    labels = sources.pop("labels.yaml", "")
    estate = _estate(folder / "estate")
    lock = folder / "estate" / "estate.lock"
    return Project(
        folder=folder,
        main=file.name,
        sources=sources,
        estate=estate,
        lock=_text(lock) if lock.is_file() else None,
        deployment=("deployment.yaml", deployment) if deployment is not None else None,
        recipients=recipients,
        points=points,
        profile=profile,
        agents=agents,
        scope=scope,
        bases=bases,
        labels=labels,
    )


def _estate(folder: Path) -> Mapping[str, str] | None:
    if not folder.is_dir():
        return None
    return {f"estate/{file.name}": _text(file) for file in sorted(folder.glob("*.yaml"))}


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise Unusable(
                "N002",
                f"{file} is larger than {MAX_FILE_BYTES // 1_000_000} MB.",
                "A notice or a map is text that people read; split it.",
            )
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Unusable("N003", f"{file} is not UTF-8 (byte {error.start}).", "Save the file as UTF-8.") from None
    except OSError as error:
        raise Unusable("N004", f"{file} cannot be read: {error.strerror}.", "Look at the file's place and rights.") from None
