"""The independent verifier accepts what the written format accepts, and rejects each forgery for its own reason.

The exports are made here, from docs/ledger-format.md, with keys of fixed seeds; nothing of Upheld is imported.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ROOT = Path(__file__).resolve().parents[2]
VERIFY = ROOT / "verifier" / "verify.py"
ORIGIN = "ledger.example.test/north"
Line = dict[str, Any]


class Signer:
    def __init__(self, seed: int, name: str = ORIGIN) -> None:
        self.key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.raw = b"\x01" + self.key.public_key().public_bytes_raw()
        self.hash = hashlib.sha256(name.encode() + b"\n" + self.raw).digest()[:4]
        self.name = name
        self.vkey = f"{name}+{self.hash.hex()}+{base64.b64encode(self.raw).decode()}"

    def note(self, size: int, root: bytes, origin: str = ORIGIN) -> str:
        text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"
        blob = base64.b64encode(self.hash + self.key.sign(text.encode())).decode()
        return f"{text}\n\u2014 {self.name} {blob}\n"


FIRST, SECOND, STRANGER = Signer(1), Signer(2), Signer(3)


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def root_of(hashes: list[bytes]) -> bytes:
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return hashlib.sha256(b"\x01" + root_of(hashes[:k]) + root_of(hashes[k:])).digest()


def leaf(number: int, **more: Any) -> Line:
    return {
        "version": 1,
        "id": f"{number:032x}",
        "event": "erasure:chunk:done",
        "at": "2026-01-15T09:30Z",
        "clauses": ["north.keep.2"],
        "counts": {"rows": number},
        **more,
    }


NONCE = bytes([9]) * 32
DETAIL = {"fields": ["email"], "subject": "s-1f"}
COMMITMENT = base64.b64encode(hashlib.sha256(NONCE + canonical(DETAIL)).digest()).decode()


def key_change(old: Signer, new: Signer, by: Signer) -> Line:
    text = f"upheld-ledger/1 key change\n{old.vkey}\n{new.vkey}\n".encode()
    signature = base64.b64encode(by.key.sign(text)).decode()
    change = {"new": new.vkey, "old": old.vkey, "signature": signature}
    return {**leaf(500), "event": "ledger:key:changed", "clauses": [], "counts": {}, "key": change}


def entry(number: int, content: Line) -> Line:
    stated = base64.b64encode(hashlib.sha256(b"\x00" + canonical(content)).digest()).decode()
    return {"kind": "leaf", "n": number, "hash": stated, "leaf": content}


def export(leaves: list[Line], signers: dict[int, Signer] | None = None, every: int = 4) -> list[Line]:
    """A true export: a checkpoint each `every` leaves and at the end; `signers` says from which size on who signs."""
    signers = signers or {0: FIRST}
    lines: list[Line] = [{"kind": "export", "format": "upheld-ledger/1", "origin": ORIGIN, "size": len(leaves)}]
    hashes: list[bytes] = []
    for number, content in enumerate(leaves):
        lines.append(entry(number, content))
        hashes.append(base64.b64decode(lines[-1]["hash"]))
        if content.get("commitment"):
            lines.append({"kind": "detail", "n": number, "nonce": base64.b64encode(NONCE).decode(), "detail": DETAIL})
        if (number + 1) % every == 0 and number + 1 < len(leaves):
            lines.append(checkpoint(hashes, signers))
    return [*lines, checkpoint(hashes, signers)]


def checkpoint(hashes: list[bytes], signers: dict[int, Signer]) -> Line:
    signer = signers[max(size for size in signers if size <= len(hashes))]
    return {"kind": "checkpoint", "note": signer.note(len(hashes), root_of(hashes))}


def ten() -> list[Line]:
    return [leaf(number + 1, **({"commitment": COMMITMENT} if number == 5 else {})) for number in range(10)]


def run(tmp_path: Path, lines: list[Line] | bytes, *options: str, key: Signer | None = FIRST) -> tuple[int, str]:
    file = tmp_path / "export.jsonl"
    file.write_bytes(lines if isinstance(lines, bytes) else b"".join(canonical(line) + b"\n" for line in lines))
    if key is not None:
        (tmp_path / "first.key").write_text(f"# written down when the ledger began\n{key.vkey}\n")
        options = ("--key", str(tmp_path / "first.key"), *options)
    done = subprocess.run([sys.executable, str(VERIFY), str(file), *options], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_true_export_holds(tmp_path: Path) -> None:
    code, said = run(tmp_path, export(ten()))
    assert code == 0, said
    assert "leaves        10" in said and "details       1 opened" in said and "checkpoints   3" in said


def test_an_empty_ledger_holds(tmp_path: Path) -> None:
    assert run(tmp_path, export([]))[0] == 0


def test_a_key_change_signed_by_the_old_key_holds(tmp_path: Path) -> None:
    leaves = [*ten()[:5], key_change(FIRST, SECOND, FIRST), leaf(77)]
    code, said = run(tmp_path, export(leaves, {0: FIRST, 6: SECOND}))
    assert code == 0, said
    assert "1 changes" in said


def test_the_example_of_the_format_page_holds(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "ledger-format.md").read_text()
    example = re.search(r"```json\n(\{\"format\".*?)```", page, re.S)
    vkey = re.search(r"```text\n(ledger\.example\.test/north\+\S+)\n", page)
    assert example and vkey and vkey.group(1) == FIRST.vkey
    code, said = run(tmp_path, example.group(1).encode())
    assert code == 0, said


def test_without_a_key_there_is_nothing_to_trust(tmp_path: Path) -> None:
    code, said = run(tmp_path, export(ten()), key=None)
    assert code == 2 and "nothing to trust" in said


@pytest.mark.parametrize("content", ["", "not a key\n", f"{ORIGIN}+00000000+AAAA\n", None])
def test_a_key_file_that_holds_no_key_is_wrong_use(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "x.jsonl").write_text("{}\n")
    if content is not None:
        (tmp_path / "bad.key").write_text(content)
    done = subprocess.run(
        [sys.executable, str(VERIFY), str(tmp_path / "x.jsonl"), "--key", str(tmp_path / "bad.key")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and "Traceback" not in done.stderr


def test_an_export_that_cannot_be_read_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "k").write_text(FIRST.vkey + "\n")
    done = subprocess.run(
        [sys.executable, str(VERIFY), str(tmp_path / "gone"), "--key", str(tmp_path / "k")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and "cannot be read" in done.stderr


# ---- forgeries: each function makes one out of a true export of ten leaves


def of_leaf(lines: list[Line], number: int) -> int:
    return next(at for at, line in enumerate(lines) if line["kind"] == "leaf" and line["n"] == number)


def dropped() -> list[Line]:
    lines = export(ten())
    del lines[of_leaf(lines, 2)]
    return lines


def added() -> list[Line]:
    lines = export(ten())
    lines.insert(of_leaf(lines, 3), entry(2, leaf(99)))
    return lines


def altered() -> list[Line]:
    lines = export(ten())
    lines[of_leaf(lines, 3)]["leaf"]["counts"] = {"rows": 0}
    return lines


def reordered() -> list[Line]:
    lines = export(ten())
    a, b = of_leaf(lines, 1), of_leaf(lines, 2)
    lines[a], lines[b] = lines[b], lines[a]
    return lines


def duplicated() -> list[Line]:
    lines = export(ten())
    lines.insert(of_leaf(lines, 3), lines[of_leaf(lines, 2)])
    return lines


def duplicated_and_renumbered() -> list[Line]:
    leaves = ten()
    return export([*leaves[:4], leaves[3], *leaves[4:]])


def truncated() -> list[Line]:
    lines = export(ten())
    return lines[: of_leaf(lines, 9)]


def truncated_to_a_checkpoint() -> list[Line]:
    lines = export(ten())
    return lines[: next(at for at, line in enumerate(lines) if line["kind"] == "checkpoint" and at > of_leaf(lines, 7)) + 1]


def truncated_under_the_checkpoint() -> list[Line]:
    lines = export(ten())
    del lines[of_leaf(lines, 9)]
    return lines


def wrong_root() -> list[Line]:
    lines = export(ten())
    lines[-1]["note"] = FIRST.note(10, hashlib.sha256(b"another").digest())
    return lines


def altered_and_repaired() -> list[Line]:
    true, leaves = export(ten()), ten()
    leaves[3] = leaf(4, outcome="refused")
    forged = export(leaves)
    return [a if a["kind"] == "checkpoint" else b for a, b in zip(true, forged, strict=True)]


def wrong_key() -> list[Line]:
    lines = export(ten())
    hashes = [base64.b64decode(line["hash"]) for line in lines if line["kind"] == "leaf"]
    lines[-1]["note"] = STRANGER.note(10, root_of(hashes))
    return lines


def old_key_after_change() -> list[Line]:
    return export([*ten()[:5], key_change(FIRST, SECOND, FIRST), leaf(77)], {0: FIRST})


def re_signed() -> list[Line]:
    return export(ten(), {0: STRANGER})


def key_change_unsigned() -> list[Line]:
    return export([*ten()[:5], key_change(FIRST, STRANGER, STRANGER), leaf(77)], {0: FIRST, 6: STRANGER})


def key_change_of_another_key() -> list[Line]:
    return export([*ten()[:5], key_change(SECOND, STRANGER, SECOND), leaf(77)], {0: FIRST, 6: STRANGER})


def bad_signature() -> list[Line]:
    lines = export(ten())
    other = FIRST.note(9, b"\0" * 32).split(" ")[-1]
    lines[-1]["note"] = " ".join([*lines[-1]["note"].split(" ")[:-1], other])
    return lines


def wrong_detail() -> list[Line]:
    lines = export(ten())
    next(line for line in lines if line["kind"] == "detail")["detail"] = {**DETAIL, "subject": "s-2a"}
    return lines


def wrong_origin() -> list[Line]:
    lines = export(ten())
    lines[0]["origin"] = "ledger.example.test/south"
    return lines


# ---- versions of notices


TEXT_OF = {"contacts.yaml": "privacy-lead: {}\n", "notice.md": "We keep our word.\n"}
RECORD = {"because": "", "by": "privacy-lead", "effective": "2026-01-15", "notice": "north", "number": 1,
          "program": "ab" * 32, "text": "cd" * 32, "updated": "2026-01-15"}  # fmt: skip


def with_a_version() -> list[Line]:
    """A true export in which the third leaf published a version."""
    detail = {**RECORD, "files": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in TEXT_OF.items()}}
    commitment = base64.b64encode(hashlib.sha256(NONCE + canonical(detail)).digest()).decode()
    leaves = [leaf(number + 1) for number in range(5)]
    leaves[2] |= {"event": "notice:published", "clauses": [], "commitment": commitment}
    lines = export(leaves)
    at = of_leaf(lines, 2)
    lines[at + 1]["detail"] = detail
    lines.insert(at + 2, {"kind": "publication", "n": 2, "record": dict(RECORD), "files": dict(TEXT_OF)})
    return lines


def test_an_export_with_a_version_holds(tmp_path: Path) -> None:
    code, said = run(tmp_path, with_a_version())
    assert code == 0, said
    assert "versions      1 of notices" in said


def publication(lines: list[Line]) -> Line:
    return next(line for line in lines if line["kind"] == "publication")


def version_with_another_text() -> list[Line]:
    lines = with_a_version()
    publication(lines)["files"]["notice.md"] = "We keep it as long as we like.\n"
    return lines


def version_of_another_day() -> list[Line]:
    lines = with_a_version()
    publication(lines)["record"]["updated"] = "2025-01-15"
    return lines


def version_without_a_file() -> list[Line]:
    lines = with_a_version()
    del publication(lines)["files"]["contacts.yaml"]
    return lines


def version_that_is_gone() -> list[Line]:
    return [line for line in with_a_version() if line["kind"] != "publication"]


def version_that_nobody_can_open() -> list[Line]:
    return [line for line in with_a_version() if line["kind"] != "detail"]


def version_that_no_leaf_published() -> list[Line]:
    lines = export(ten())
    lines.insert(of_leaf(lines, 3) + 1, {"kind": "publication", "n": 3, "record": dict(RECORD), "files": dict(TEXT_OF)})
    return lines


def leaf_with_a_surplus_member() -> list[Line]:
    return export([leaf(1, subject="s-1f")])


FORGERIES: list[tuple[str, Callable[[], list[Line]]]] = [
    ("dropped-leaf", dropped),
    ("added-leaf", added),
    ("altered-leaf", altered),
    ("reordered-leaf", reordered),
    ("duplicated-leaf", duplicated),
    ("duplicated-leaf", duplicated_and_renumbered),
    ("truncated-tail", truncated),
    ("truncated-tail", truncated_to_a_checkpoint),
    ("truncated-tail", truncated_under_the_checkpoint),
    ("wrong-root", wrong_root),
    ("wrong-root", altered_and_repaired),
    ("wrong-key", wrong_key),
    ("wrong-key", old_key_after_change),
    ("re-signed", re_signed),
    ("key-change-unsigned", key_change_unsigned),
    ("key-change-unsigned", key_change_of_another_key),
    ("bad-signature", bad_signature),
    ("detail-mismatch", wrong_detail),
    ("wrong-origin", wrong_origin),
    ("malformed", leaf_with_a_surplus_member),
    ("altered-version", version_with_another_text),
    ("altered-version", version_of_another_day),
    ("altered-version", version_without_a_file),
    ("missing-version", version_that_is_gone),
    ("missing-version", version_that_nobody_can_open),
    ("malformed", version_that_no_leaf_published),
]


@pytest.mark.parametrize(("reason", "forge"), FORGERIES, ids=[forge.__name__ for _, forge in FORGERIES])
def test_each_forgery_is_rejected_for_its_own_reason(tmp_path: Path, reason: str, forge: Callable[[], list[Line]]) -> None:
    code, said = run(tmp_path, forge())
    assert code == 1, said
    assert f"REJECTED  {reason}\n" in said, said


TEXT: list[Callable[[bytes], bytes]] = [
    lambda data: data.replace(b'"kind":"export"', b'"kind": "export"'),
    lambda data: data[:-1],
    lambda data: data.replace(b"\n", b"\r\n"),
    lambda data: b"\xef\xbb\xbf" + data,
    lambda data: data.replace(b'"rows":1}', b'"rows":1.0}', 1),
    lambda data: data.replace(b'"rows":1}', b'"rows":null}', 1),
    lambda data: data.replace(b'"version":1', b'"version":1,"version":1', 1),
    lambda data: data.replace(b'"version":1', b'"version":true', 1),
    lambda data: data.replace(b"erasure", b"\\u0065rasure", 1),
    lambda data: b"\n" + data,
    lambda data: b"[" * 100_000 + b"\n" + data,
    lambda data: data.replace(b'"rows":1}', b'"rows":' + b"9" * 5000 + b"}", 1),
    lambda data: data.replace(b'"rows":1}', b'"r\xff":1}', 1),
]


@pytest.mark.parametrize("spoil", TEXT, ids=range(len(TEXT)))
def test_json_that_is_not_canonical_is_rejected(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    true = b"".join(canonical(line) + b"\n" for line in export(ten()))
    assert spoil(true) != true
    code, said = run(tmp_path, spoil(true))
    assert code == 1 and "REJECTED  not-canonical" in said, said


def test_a_longer_export_extends_an_older_one(tmp_path: Path) -> None:
    older = tmp_path / "older.jsonl"
    older.write_bytes(b"".join(canonical(line) + b"\n" for line in export(ten()[:6])))
    code, said = run(tmp_path, export(ten()), "--extends", str(older))
    assert code == 0 and "continues     the older export of 6 leaves" in said, said


@pytest.mark.parametrize("now", [[leaf(40), *ten()[1:]], ten()[:3]], ids=["another history", "taken back"])
def test_two_histories_are_a_split_view(tmp_path: Path, now: list[Line]) -> None:
    older = tmp_path / "older.jsonl"
    older.write_bytes(b"".join(canonical(line) + b"\n" for line in export(ten()[:6])))
    code, said = run(tmp_path, export(now), "--extends", str(older))
    assert code == 1 and "REJECTED  split-view" in said, said


def test_a_rejected_older_export_is_called_so(tmp_path: Path) -> None:
    older = tmp_path / "older.jsonl"
    older.write_bytes(b"".join(canonical(line) + b"\n" for line in dropped()))
    code, said = run(tmp_path, export(ten()), "--extends", str(older))
    assert code == 1 and "REJECTED  dropped-leaf\n  the older export, line " in said, said


def test_the_verifier_imports_nothing_of_upheld() -> None:
    imported = re.findall(r"^\s*(?:from|import) (\w+)", VERIFY.read_text(), re.M)
    assert set(imported) <= {*sys.stdlib_module_names, "cryptography"}


def test_a_flipped_bit_in_any_byte_of_an_export_is_noticed(tmp_path: Path) -> None:
    sys.path.insert(0, str(VERIFY.parent))
    import verify

    true = b"".join(canonical(line) + b"\n" for line in export(ten()[:6], every=3))
    first, file = verify.read_vkey(FIRST.vkey), tmp_path / "flipped.jsonl"
    noticed = 0
    for at in range(len(true)):
        file.write_bytes(true[:at] + bytes([true[at] ^ (1 << at % 8)]) + true[at + 1 :])
        with pytest.raises(verify.Rejected):
            verify.verify(file, first)
        noticed += 1
    assert noticed == len(true) > 2000
