"""`upheld export`: a notice in the forms that machines read, on stdout or in a file."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from rdflib import Graph

from tests.cli.preloaded import ROOT, Preloaded
from upheld.language.promises.to_json import from_json

FIRM = ROOT / "examples" / "qualer"


def test_linked_data_goes_to_stdout_and_another_program_reads_it(preloaded: Preloaded) -> None:
    ran = preloaded.run("export", str(FIRM), "--address", "https://qualer.example.test/privacy/")
    assert ran.code == 0 and ran.err == ""
    assert len(Graph().parse(data=ran.out, format="json-ld")) > 2000
    assert json.loads(ran.out)["@context"]["notice"] == "https://qualer.example.test/privacy/#"


def test_the_canonical_program_is_written_to_a_file_and_reads_back_with_its_digest(
    preloaded: Preloaded, tmp_path: Path
) -> None:
    to = tmp_path / "program.json"
    ran = preloaded.run("export", str(FIRM), "--format", "json", "--to", str(to))
    assert ran.code == 0 and str(to) in ran.out
    text = to.read_bytes().rstrip(b"\n")
    program = from_json(text)
    assert program.digest == hashlib.sha256(text).hexdigest() and program.notices[0].notice == "qualer"
    assert [each.name for each in tmp_path.iterdir()] == ["program.json"]


def test_another_form_a_faulty_notice_and_a_folder_that_is_not_there_are_refused(preloaded: Preloaded, tmp_path: Path) -> None:
    other = preloaded.run("export", str(FIRM), "--format", "turtle")
    assert other.code == 2 and "X601" in other.err and "jsonld and json" in other.err
    faulty = tmp_path / "firm"
    shutil.copytree(FIRM, faulty, ignore=shutil.ignore_patterns("firm", "estate"))
    notice = faulty / "notice.md"
    notice.write_text(notice.read_text("utf-8").replace("will tell: version-date", "will tel: version-date"), "utf-8")
    refused = preloaded.run("export", str(faulty))
    assert refused.code == 1 and "X120" in refused.err and refused.out == ""
    nowhere = preloaded.run("export", str(FIRM), "--to", str(tmp_path / "no" / "such" / "file"))
    assert nowhere.code == 2 and "X802" in nowhere.err
