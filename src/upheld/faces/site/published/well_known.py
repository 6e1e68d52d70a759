"""Files at fixed addresses that standards ask for, made only where the notice says what they state.

`/.well-known/gpc.json` (Global Privacy Control, W3C draft): that the signal is taken as a choice. A site that promises nothing of it must not claim it.
`/.well-known/dnt/` (W3C Tracking Preference Expression, a retired note) is not made: its answer is for each visitor, not for a folder of files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from upheld.faces.site.published.edition import Edition


def well_known(edition: Edition) -> Mapping[str, bytes]:
    """Path → content; nothing where no standard's file is due."""
    heeds = any(
        name.id == "gpc"
        for promise in edition.program.promises
        if promise.verb == "offer"
        for name in promise.terms.get("by", ())
    )
    if not heeds:
        return {}
    stated = {"gpc": True, "lastUpdate": edition.version.updated.isoformat()}
    return {".well-known/gpc.json": json.dumps(stated).encode()}
