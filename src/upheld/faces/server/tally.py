"""Counts of what happened in this process, in the text format of Prometheus 0.0.4.

Labels are routes as templates, methods and statuses, tasks and outcomes: a closed set, so that no visitor can make it grow, and nothing of a person.
Not taken: prometheus_client; a few counters are this page, and its registry is one for the process.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from upheld.records.jobs import Happened

BOUNDS_S = (0.02, 0.1, 0.5, 2.0, 10.0, float("inf"))
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric with its values by labels. `kind`: counter or gauge."""

    name: str
    kind: str
    help: str
    values: Mapping[tuple[tuple[str, str], ...], float]


@dataclass(slots=True)
class Tally:
    """What was counted since the start. Threads may share it."""

    requests: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    within: dict[str, list[int]] = field(default_factory=dict)
    jobs: Counter[tuple[str, str]] = field(default_factory=Counter)
    running: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        with self._lock:
            self.requests[method, route, status] += 1
            self.seconds[route] += seconds  # type: ignore[assignment]
            counts = self.within.setdefault(route, [0] * len(BOUNDS_S))
            for place, bound in enumerate(BOUNDS_S):
                counts[place] += seconds <= bound

    def job(self, happened: Happened) -> None:
        """A worker of this process did something."""
        with self._lock:
            self.jobs[happened.task, happened.what] += 1

    def metrics(self) -> list[Metric]:
        """The counters as they stand."""
        with self._lock:
            requests = {_labels(method=m, route=r, status=str(s)): float(n) for (m, r, s), n in self.requests.items()}
            jobs = {_labels(task=task, outcome=what): float(n) for (task, what), n in self.jobs.items() if what != "started"}
            sums = {_labels(route=route): float(seconds) for route, seconds in self.seconds.items()}
            within = {
                _labels(le=_number(bound), route=route): float(n)
                for route, counts in self.within.items()
                for bound, n in zip(BOUNDS_S, counts, strict=True)
            }
        counted = {labels[1:]: n for labels, n in within.items() if labels[0] == ("le", "+Inf")}
        return [
            Metric("upheld_requests_total", "counter", "Requests answered, by route and status.", requests),
            Metric("upheld_request_seconds", "histogram", "Time until an answer was sent whole, by route.", {}),
            Metric("upheld_request_seconds_bucket", "", "", within),
            Metric("upheld_request_seconds_sum", "", "", sums),
            Metric("upheld_request_seconds_count", "", "", counted),
            Metric("upheld_job_outcomes_total", "counter", "What came of jobs in this process, by task.", jobs),
        ]


def as_text(metrics: Iterable[Metric]) -> str:
    """The exposition, each metric under its help and kind."""
    lines = []
    for metric in metrics:
        if metric.kind:
            lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind}"]
        for labels, value in metric.values.items():
            said = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels)
            lines.append(f"{metric.name}{{{said}}} {_number(value)}" if said else f"{metric.name} {_number(value)}")
    return "\n".join(lines) + "\n"


def gauge(name: str, help: str, values: Mapping[str, float] | float, label: str = "state") -> Metric:
    """A gauge of one value, or of one by `label`."""
    if isinstance(values, Mapping):
        return Metric(name, "gauge", help, {((label, key),): float(value) for key, value in values.items()})
    return Metric(name, "gauge", help, {(): float(values)})


def _labels(**labels: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))


def _number(value: float) -> str:
    if value == float("inf"):
        return "+Inf"
    return str(int(value)) if value == int(value) else repr(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
