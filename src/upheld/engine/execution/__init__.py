"""Doing it: who is meant, how many rows, the run itself, and what it came to."""

from upheld.engine.execution.access import run_access
from upheld.engine.execution.answer import Answer, StoreOutcome
from upheld.engine.execution.bind import Bound, Subject, bind
from upheld.engine.execution.copies.working_copy import WorkingCopy
from upheld.engine.execution.erasure import run_erasure, settle

__all__ = ["Answer", "Bound", "StoreOutcome", "Subject", "WorkingCopy", "bind", "run_access", "run_erasure", "settle"]
