"""By which means: a live store, read in samples, becomes a draft of its estate file; what each column seems to hold, and how sure."""

from upheld.engine.stores.scanning.contents import contents
from upheld.engine.stores.scanning.model import Guess, ScanResult
from upheld.engine.stores.scanning.scan import scan

__all__ = ["Guess", "ScanResult", "contents", "scan"]
