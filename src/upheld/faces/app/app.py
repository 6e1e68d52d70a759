"""The library's front door: one App with the verbs of the product, over one firm's folder and our own database.

An App is handed Settings and nothing else. It decides nothing itself: each verb is a few lines that call the rooms below.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from upheld.faces.app import (
    asks,
    backups,
    batches,
    calendar,
    cases,
    checking,
    deciding,
    estates,
    exporting,
    scanning,
    starting,
    verifying,
    versions,
)
from upheld.faces.app.cases.queue import part_people
from upheld.faces.app.errors import NotNow
from upheld.faces.app.installation import Installation
from upheld.language.promises.versions import Versions

Advance = Callable[..., None]


class App(Installation):
    """The verbs. Threads may share one; `close` ends the embedded database if nobody else holds it."""

    # ---- verbs that change no store

    def init(self, folder: Path) -> list[str]:
        """A commented notice, estate and deployment file stand in `folder`; their names. Refuses to overwrite."""
        return starting.write_start(folder)

    def scan(
        self, url: str, folder: Path, store: str, place: str, sample: int, advance: Advance | None = None
    ) -> scanning.Drafted:
        """An estate file and estate.lock of the live store are written into the folder."""

        def told(table: str, done: int, of: int) -> None:
            if advance is not None:
                advance(1, note=f"looking at {table}", total=of if done == 1 else None)

        return scanning.scan_store(url, folder, store, place, sample, self.settings.environment, told)

    def check(self, path: Path) -> checking.Checked:
        """Program, estate and every diagnostic of a folder, a date ahead of today among them."""
        return checking.dated(checking.check_folder(path), self.settings.today)

    def drift(self, folder: Path, relock: bool = False) -> estates.Drifted:
        """Every difference of the live stores from map, lock and promises; with `relock` the live schemas are frozen first."""
        return estates.drift_folder(self, folder, relock)

    def import_fides(self, file: Path, folder: Path, engine: str, place: str) -> estates.Imported:
        """Estate files are drafted from a Fides dataset file, with a report of what Fides could not say."""
        return estates.import_fides(file, folder, engine, place)

    def export(self, path: Path, form: str, address: str = "") -> bytes:
        """The notice for machines: `json`, its canonical program, or `jsonld`, in terms of the W3C Data Privacy Vocabulary."""
        return exporting.export_folder(path, form, address)

    def decide(
        self,
        path: Path,
        verb: str,
        data: list[str],
        keys: list[str],
        facts: list[str],
        records: list[str],
        published: bool = False,
    ) -> deciding.Answer:
        """May we …? With the sentence that decides. `published`: by the versions on record, not by the text at hand. NotNow if the notice has errors."""
        checked = checking.check_folder(path)
        program = checked.program
        if program is None or checked.notice_errors:
            raise NotNow("X120", "The notice has errors, so nothing can be decided from it.", f"Run: upheld check {path}")
        standing = self.judged_by(program.notices[0].notice) if published else None
        program = program if standing is None else standing.programs[-1]
        bases = checked.project.bases
        return deciding.answer(program, verb, data, keys, facts, records, self.settings.now(), standing, bases)

    # ---- asks

    def plan(self, folder: Path, kind: str, lines: list[str], regime: str | None, batch: bool = False) -> asks.Planned:
        """An ask and its plan are stored; nothing is touched in any store. `batch`: an erasure that waits for the daily batch."""
        return asks.plan_ask(self, folder, kind, lines, regime, batch)

    def plan_again(self, folder: Path, ask: str) -> asks.Planned:
        """A stored ask has a new plan, of the same people, under the promises, holds and rows of now; nothing is touched."""
        return asks.plan_again(self, folder, ask)

    def explain(self, digest: str, table: str) -> list[dict[str, str]]:
        """Why each line of a stored plan stands there; of one table, if named."""
        return asks.explain_plan(self, digest, table)

    def access(self, folder: Path, ask: str, to: Path, advance: Advance) -> asks.Ended:
        """A package for each subject of the ask lies in a folder of its own under `to`."""
        return asks.run_access_ask(self, folder, ask, to, advance)

    def erase(self, folder: Path, ask: str, digest: str, resume: bool, advance: Advance) -> asks.Ended:
        """The plan that was shown is carried out; what was stopped is gone on with only when `resume`."""
        return asks.run_erasure_ask(self, folder, ask, digest, resume, advance)

    def correct(self, folder: Path, ask: str, digest: str, resume: bool, advance: Advance) -> asks.Ended:
        """The corrections that were shown stand in every store; what was stopped is gone on with only when `resume`."""
        return asks.run_change_ask(self, folder, ask, digest, resume, advance, "rectification")

    def close_accounts(self, folder: Path, ask: str, digest: str, resume: bool, advance: Advance) -> asks.Ended:
        """The accounts of the ask are closed as the estate says: nobody signs in, nobody sees them; the rows stay."""
        return asks.run_change_ask(self, folder, ask, digest, resume, advance, "closing")

    # ---- the calendar

    def retain(self, folder: Path, day: date | None) -> calendar.Due:
        """What is past its date on `day` (today) is stored as a plan, with counts; nothing is touched."""
        return calendar.retain_plan(self, folder, day)

    def retain_run(self, folder: Path, digest: str, advance: Advance, to: Path | None = None) -> calendar.Kept:
        """The calendar's plan that was shown is carried out; what was stopped is gone on with."""
        return calendar.retain_run(self, folder, digest, advance, to)

    def batch(self, folder: Path, advance: Advance) -> batches.BatchRun:
        """The erasures that wait are carried out together, each under the steps that it was shown."""
        return batches.run_batches(self, folder, advance)

    # ---- backups

    def replay(self, folder: Path, store: str, backup_taken: str, plan: str, advance: Advance) -> backups.Replayed | asks.Ended:
        """Before a restored store opens: who was erased since its backup is looked for and planned; with `plan`, erased again."""
        return backups.replay_store(self, folder, store, backup_taken, plan, advance)

    def compact(self, folder: Path, store: str, advance: Advance) -> backups.Compacted:
        """What erasures deleted is overwritten in the stores' files, of one store or of all; the second date is noted."""
        return backups.compact_stores(self, folder, store, advance)

    # ---- cases

    def accept_hold(self, folder: Path, lines: list[str], case: cases.Case) -> cases.Accepted:
        """A case's hold is in force; what was erased before is told."""
        return cases.accept(self, folder, lines, case)

    def holds(self) -> cases.Holds:
        """Every hold that was ever accepted."""
        return cases.list_holds(self)

    def end_hold(self, folder: Path, hold: str) -> cases.Ending:
        """The hold is over, and what it kept is planned to be erased; without a number, whatever has come to its day."""
        return cases.end(self, folder, hold)

    def review(self, folder: Path, place: str, answer: calendar.Answer | None = None) -> calendar.Review:
        """Rows that wait for a person by `then: review`, or what was answered of them."""
        return calendar.review(self, folder, place, answer)

    def queue(self, item: str) -> cases.Queue:
        """What waits for a person to decide; the row keys of one item, if named."""
        return cases.look(self, item)

    def decide_rows(self, folder: Path, item: str, hers: bool, by: str) -> cases.Decided:
        """Contested rows are the person's, or are not; on record, and honoured when the ask is planned again."""
        return cases.decide_rows(self, folder, item, hers, by)

    def merge(self, folder: Path, lines: list[str], by: str) -> cases.Decided:
        """Two root rows are one person's, from now on, until parted."""
        return cases.merge_people(self, folder, lines, by)

    def part(self, merge: str, by: str) -> cases.Decided:
        """Merged root rows are two people again."""
        return part_people(self, merge, by)

    # ---- versions

    def publish(self, folder: Path, by: str = "", because: str = "") -> versions.Published:
        """The folder's notice stands in the register as its next version, dated and pinned by a leaf; or nothing does, and why."""
        return versions.publish_folder(self, folder, by, because)

    def published(self, notice: str) -> tuple[versions.Version, ...]:
        """Every published version of the notice, the first first, with all its files."""
        return versions.versions_of(self.own, notice)

    def judged_by(self, notice: str) -> Versions:
        """Every published version of the notice, ready to judge people by; for gates. NotNow where none was published."""
        return versions.judged_by(self.own, notice)

    def diff(self, old: str, new: str, of: str = "") -> versions.Compared:
        """What changed from one version to the other, by meaning. Each side is a file, a folder or the number of a published version."""
        return versions.compare(self, old, new, of)

    # ---- proof

    def verify(self, export_to: Path | None) -> dict[str, str]:
        """The ledger's tables are checked, and exported if asked; `holds` says yes or no."""
        self.seal()
        return verifying.verify_ledger(self.own, self.settings.pinned_key, export_to)
