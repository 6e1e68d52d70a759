"""Files that erased rows point to go after the commit, once, and nothing else does: a folder, and a bucket served beside the test."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.execution.shop import engine_of, run_sql
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Catalogue, Estate
from upheld.engine.execution import Answer, Bound, Subject, WorkingCopy, bind, run_access, run_erasure
from upheld.engine.execution.asks import store_bindings, store_plan
from upheld.engine.execution.journal import MemoryJournal
from upheld.engine.execution.objects import MemoryPending, Objects, OwnPending
from upheld.engine.execution.package import PackageReceipt, write_package
from upheld.engine.execution.package.files import files_of
from upheld.engine.plan.from_asks import plan_for
from upheld.engine.plan.model import Ask, Failed, Refused
from upheld.engine.plan.plans import Plan
from upheld.engine.plan.plans import Preview as PreviewOf
from upheld.engine.stores import Store, open_stores
from upheld.engine.stores.objects import open_objects
from upheld.records.keys import load_master
from upheld.records.own import EmbeddedServer, OwnDatabase, on_server

YAML = """
store: shop
engine: {engine}
url: env:SHOP_URL
place: IE
kind: primary
tables:
  customers:
    root: customer
    key: [id]
    identifies: {{email: {{form: email/1, names: one}}}}
    erasure: blank
    columns: {{id: key, email: email-address, portrait: {{category: picture, file: files}}}}
  photos:
    key: [id]
    links: {{customer_id: {{owning: customers}}}}
    columns: {{id: key, customer_id: key, path: {{category: picture, file: files}}}}
"""
FILES = """
store: files
kind: objects
url: env:FILES_URL
place: IE
"""
SQL = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT, portrait TEXT);
CREATE TABLE photos (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), path TEXT);
INSERT INTO customers VALUES (1, 'ada@example.test', 'ada/face.jpg'), (2, 'ben@example.test', NULL);
INSERT INTO photos VALUES (1, 1, 'ada/1.jpg'), (2, 1, 'both.jpg'), (3, 1, NULL), (4, 1, ''), (5, 2, 'both.jpg'), (6, 2, 'ben/1.jpg'),
  (7, 1, 'never/written.jpg');
"""
WRITTEN = ("ada/face.jpg", "ada/1.jpg", "both.jpg", "ben/1.jpg")


class World:
    """A shop and its files."""

    def __init__(self, estate: Estate, stores: dict[str, Store], objects: Objects) -> None:
        self.estate, self.stores, self.objects = estate, stores, objects
        self.journal = MemoryJournal()
        self.catalogue = Catalogue({name: store.catalogue() for name, store in stores.items()})
        made = plan_for(estate, self.catalogue, {}, Ask("A-0001", "erasure", 1))
        assert isinstance(made, Plan), made
        self.plan = made

    def erase(self, person: str, failpoint: Callable[[str], None] = lambda _: None) -> Answer:
        bound = bind(self.estate, self.catalogue, self.stores, [Subject("s-1", {}, (("customer", "email/1", person),))])
        assert isinstance(bound, Bound), bound
        return self.again(bound, failpoint)

    def again(self, bound: Bound, failpoint: Callable[[str], None] = lambda _: None) -> Answer:
        self.bound = bound
        return run_erasure(
            self.plan, self.estate, self.catalogue, bound.bindings, self.stores, today=date(2026, 1, 15), secret="5e" * 16,
            journal=self.journal, failpoint=failpoint, objects=self.objects,
        )  # fmt: skip


@contextmanager
def world_at(address: str, url: str, sql: str = "") -> Iterator[World]:
    estate, findings = read_estate({"shop.yaml": YAML.format(engine=engine_of(address)), "files.yaml": FILES})
    assert findings == ()
    run_sql(address, SQL + sql)
    stores = open_stores(estate, {"shop": address})
    try:
        yield World(estate, stores, Objects(open_objects(estate, {"files": url}), MemoryPending()))
    finally:
        for store in stores.values():
            store.close()


def filled(folder: Path) -> Path:
    for name in WRITTEN:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"picture of {name}")
    return folder


def left_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_persons_files_go_with_her_rows_and_a_shared_one_with_the_last(address: str, tmp_path: Path) -> None:
    files = filled(tmp_path / "files")
    with world_at(address, files.as_uri()) as world:
        answer = world.erase("ada@example.test")
        assert answer.is_done and answer.store("files").rows == 3  # one of them was never written
        assert left_in(files) == {"both.jpg", "ben/1.jpg"}
        assert world.objects.pending.pending() == []
        world.journal = MemoryJournal()
        assert world.erase("ben@example.test").is_done
        assert left_in(files) == set()


@pytest.mark.parametrize("whole", ["{url}/ada/1.jpg", "{path}/ada/1.jpg"])
def test_a_row_may_name_a_file_by_its_whole_address(address: str, tmp_path: Path, whole: str) -> None:
    files = filled(tmp_path / "files")
    value = whole.format(url=files.as_uri(), path=files)
    with world_at(address, files.as_uri(), f"INSERT INTO photos VALUES (8, 2, '{value}');") as world:
        assert world.erase("ada@example.test").is_done
        assert "ada/1.jpg" in left_in(files)  # the other row names the same file in another way


@pytest.mark.parametrize(
    "value", ["../outside.txt", "ada/../../outside.txt", "{folder}/outside.txt", "file:///etc/hostname", "/etc/hostname", "link/outside.txt",
              ".", "ada//1.jpg", "ada\\1.jpg", "s3://other/ada.jpg"],
)  # fmt: skip
def test_nothing_outside_of_the_declared_place_is_ever_touched(address: str, tmp_path: Path, value: str) -> None:
    files = filled(tmp_path / "files")
    (tmp_path / "outside.txt").write_text("not ours")
    os.symlink(tmp_path, files / "link")
    with world_at(address, files.as_uri(), f"INSERT INTO photos VALUES (8, 1, '{value.format(folder=tmp_path)}');") as world:
        answer = world.erase("ada@example.test")
        problem = answer.stores[0].problem
        assert isinstance(problem, Refused) and problem.code == "X351" and not answer.is_done
        assert (tmp_path / "outside.txt").exists() and set(WRITTEN) <= left_in(files)
        assert len(run_sql(address, "SELECT id FROM photos")) == 8  # nothing was committed


def test_a_folder_is_never_erased(address: str, tmp_path: Path) -> None:
    files = filled(tmp_path / "files")
    with world_at(address, files.as_uri(), "INSERT INTO photos VALUES (8, 1, 'ben');") as world:
        problem = world.erase("ada@example.test").store("files").problem
        assert isinstance(problem, Failed) and problem.code == "X353"
        assert "ben/1.jpg" in left_in(files)


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("point", ["before-store-commit", "after-store-commit", "before-objects", "after-object"])
def test_a_run_that_is_killed_anywhere_goes_on_to_the_same_end(address: str, tmp_path: Path, point: str) -> None:
    def killed(name: str) -> None:
        if name == point:
            raise Killed

    files = filled(tmp_path / "files")
    with world_at(address, files.as_uri()) as world:
        with pytest.raises(Killed):
            world.erase("ada@example.test", killed)
        assert world.again(world.bound).is_done
        assert left_in(files) == {"both.jpg", "ben/1.jpg"} and world.objects.pending.pending() == []


def test_files_that_cannot_be_erased_leave_the_ask_open(address: str, tmp_path: Path) -> None:
    files = filled(tmp_path / "files")
    with world_at(address, files.as_uri()) as world:
        world.objects = Objects({}, MemoryPending())
        problem = world.erase("ada@example.test").stores[0].problem
        assert isinstance(problem, Refused) and problem.code == "X352"
        assert left_in(files) == set(WRITTEN)


# ---- a bucket --------------------------------------------------------------------------------------------------------


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, object]]:
    pytest.importorskip("s3fs")
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    urlopen(Request(f"http://{host}:{port}/moto-api/reset", method="POST")).close()
    client = boto3.client("s3")
    client.create_bucket(Bucket="shop", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    yield "s3://shop/uploads", client
    server.stop()


def keys_of(client: object, versions: bool = False) -> set[str]:
    if versions:
        page = client.list_object_versions(Bucket="shop")  # type: ignore[attr-defined]
        return {one["Key"] for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))}
    return {one["Key"] for one in client.list_objects_v2(Bucket="shop").get("Contents", ())}  # type: ignore[attr-defined]


@pytest.mark.parametrize("versioned", [False, True], ids=["plain", "versioned"])
def test_a_buckets_files_go_with_all_their_versions(tmp_path: Path, bucket: tuple[str, object], versioned: bool) -> None:
    url, client = bucket
    if versioned:
        client.put_bucket_versioning(Bucket="shop", VersioningConfiguration={"Status": "Enabled"})  # type: ignore[attr-defined]
    for turn in range(2):
        for name in (*WRITTEN, "ada/1.jpg.bak"):
            client.put_object(Bucket="shop", Key=f"uploads/{name}", Body=f"{name} {turn}".encode())  # type: ignore[attr-defined]
    client.put_object(Bucket="shop", Key="ada/1.jpg", Body=b"beside the prefix")  # type: ignore[attr-defined]
    address = f"sqlite:///{tmp_path / 'shop.db'}"
    with world_at(address, url, f"INSERT INTO photos VALUES (8, 2, '{url}/ada/face.jpg');") as world:
        answer = world.erase("ada@example.test")
        assert answer.is_done and answer.store("files").rows == 2
    expected = {"uploads/ada/face.jpg", "uploads/both.jpg", "uploads/ben/1.jpg", "uploads/ada/1.jpg.bak", "ada/1.jpg"}
    assert keys_of(client, versioned) == expected
    assert world.objects.stores["files"].path_of("s3://shop/other/x.jpg") is None


# ---- large objects -----------------------------------------------------------------------------------------------------

LARGE = YAML.replace("file: files", "file: large-object").replace("links:", "erasure: delete\n    links:")


def test_large_objects_go_in_the_rows_transaction_and_a_shared_one_with_the_last(fresh_database: str) -> None:
    run_sql(
        fresh_database,
        """CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT, portrait oid);
        CREATE TABLE photos (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), path oid);
        SELECT lo_from_bytea(n, 'a picture') FROM generate_series(70001, 70004) n;
        INSERT INTO customers VALUES (1, 'ada@example.test', 70001), (2, 'ben@example.test', NULL);
        INSERT INTO photos VALUES (1, 1, 70002), (2, 1, 70003), (3, 2, 70003), (4, 2, 70004), (5, 1, NULL), (6, 1, 70001)""",
    )
    estate, findings = read_estate({"shop.yaml": LARGE.format(engine="postgresql")})
    assert findings == ()
    stores = open_stores(estate, {"shop": fresh_database})
    world = World(estate, stores, Objects({}, MemoryPending()))
    assert world.erase("ada@example.test").is_done
    left = "SELECT oid::int FROM pg_largeobject_metadata ORDER BY oid"
    assert run_sql(fresh_database, left) == [(70003,), (70004,)]
    world.journal = MemoryJournal()
    assert world.erase("ben@example.test").is_done
    assert run_sql(fresh_database, left) == []
    stores["shop"].close()


def test_an_access_takes_large_objects_along_whole_and_names_those_that_are_missing(
    fresh_database: str, tmp_path: Path
) -> None:
    """One of more than a block, an empty one, one that is not there, and none of another's."""
    run_sql(
        fresh_database,
        """CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT, portrait oid);
        CREATE TABLE photos (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), path oid);
        SELECT lo_from_bytea(70001, convert_to(repeat('0123456789abcdef', 65537), 'UTF8')), lo_from_bytea(70002, ''), lo_from_bytea(70003, 'of ben');
        INSERT INTO customers VALUES (1, 'ada@example.test', 70001), (2, 'ben@example.test', 70003);
        INSERT INTO photos VALUES (1, 1, 70002), (2, 1, 70009), (3, 1, NULL), (4, 2, 70003)""",
    )
    estate, _ = read_estate({"shop.yaml": LARGE.format(engine="postgresql")})
    stores = open_stores(estate, {"shop": fresh_database})
    world = World(estate, stores, Objects({}, MemoryPending()))
    plan = plan_for(estate, world.catalogue, {}, Ask("A-0002", "access", 1))
    bound = bind(estate, world.catalogue, stores, [Subject("s-1", {}, (("customer", "email/1", "ada@example.test"),))])
    assert isinstance(plan, Plan) and isinstance(bound, Bound)
    copy = run_access(
        plan, estate, world.catalogue, bound.bindings, stores, today=NOW.date(), now=NOW, folder=tmp_path / "w", key=bytes(32)
    )
    assert isinstance(copy, WorkingCopy)
    receipt = write_package(copy.answer("s-1", estate), tmp_path / "package", made=NOW, files=files_of(estate, {}, stores))
    stores["shop"].close()
    assert isinstance(receipt, PackageReceipt)
    manifest = json.loads((tmp_path / "package" / "manifest.json").read_text())
    found = {f["source"]: (tmp_path / "package" / f["path"]).read_bytes() for f in manifest["files"] if "source" in f}
    assert found == {"shop.customers.portrait: 70001": b"0123456789abcdef" * 65537, "shop.photos.path: 70002": b""}
    assert manifest["missing"] == ["shop.photos.path: 70009"]


# ---- our own record ----------------------------------------------------------------------------------------------------

NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("point", ["before-store-commit", "after-store-commit", "before-objects", "after-object"])
def test_killed_for_real_it_goes_on_from_our_own_record_also_under_another_plan(
    pg: EmbeddedServer, own: OwnDatabase, tmp_path: Path, point: str
) -> None:
    """The process dies by SIGKILL; the names of its files lie sealed in our database, and go with the files."""
    files, address = filled(tmp_path / "files"), f"sqlite:///{tmp_path / 'shop.db'}"
    master = load_master(None, tmp_path / "master.key")
    with world_at(address, files.as_uri()) as world:
        bound = bind(
            world.estate, world.catalogue, world.stores, [Subject("s-1", {}, (("customer", "email/1", "ada@example.test"),))]
        )
        assert isinstance(bound, Bound)
        with own.transaction() as connection:
            connection.execute(
                "INSERT INTO ask (id, kind, regime, subjects, asked_at) VALUES ('A-0001', 'erasure', NULL, 1, %s)", [NOW]
            )
            store_bindings(connection, master, world.plan.ask, bound.bindings, NOW)
            store_plan(connection, world.plan, PreviewOf({}, 1), NOW)
        name = own_name(own)

    def dies(passed: str) -> None:
        if passed == point:
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        try:
            database = on_server(pg, name)
            stores = open_stores(world.estate, {"shop": address})
            pending = OwnPending(database, master, world.plan.digest, "A-0001", lambda: NOW)
            run_erasure(
                world.plan, world.estate, world.catalogue, bound.bindings, stores, today=date(2026, 1, 15), secret="5e" * 16,
                failpoint=dies, objects=Objects(open_objects(world.estate, {"files": files.as_uri()}), pending),
            )  # fmt: skip
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    with own.connection() as connection:
        rows = connection.execute("SELECT files FROM chunk_file").fetchall()
    assert len(rows) == 1 and b"ada" not in bytes(rows[0][0])
    stores = open_stores(world.estate, {"shop": address})
    try:
        # Under another plan of the same ask: a new digest, and rows that are gone already.
        with own.transaction() as connection:
            store_plan(connection, replace(world.plan, digest="f" * 64), PreviewOf({}, 1), NOW)
        pending = OwnPending(own, master, "f" * 64, "A-0001", lambda: NOW)
        answer = run_erasure(
            world.plan, world.estate, world.catalogue, bound.bindings, stores, today=date(2026, 1, 15), secret="5e" * 16,
            objects=Objects(open_objects(world.estate, {"files": files.as_uri()}), pending),
        )  # fmt: skip
    finally:
        stores["shop"].close()
    assert answer.is_done and left_in(files) == {"both.jpg", "ben/1.jpg"}
    with own.connection() as connection:
        assert connection.execute("SELECT count(*) FROM chunk_file").fetchall() == [(0,)]


def own_name(own: OwnDatabase) -> str:
    with own.connection() as connection:
        row = connection.execute("SELECT current_database()").fetchone()
    assert row is not None
    return str(row[0])


# ---- access ------------------------------------------------------------------------------------------------------------


def test_an_access_takes_the_persons_files_along_with_their_hashes(address: str, tmp_path: Path) -> None:
    files = filled(tmp_path / "files")
    with world_at(address, files.as_uri()) as world:
        plan = plan_for(world.estate, world.catalogue, {}, Ask("A-0002", "access", 1))
        bound = bind(
            world.estate, world.catalogue, world.stores, [Subject("s-1", {}, (("customer", "email/1", "ada@example.test"),))]
        )
        assert isinstance(plan, Plan) and isinstance(bound, Bound)
        copy = run_access(
            plan,
            world.estate,
            world.catalogue,
            bound.bindings,
            world.stores,
            today=NOW.date(),
            now=NOW,
            folder=tmp_path / "w",
            key=bytes(32),
        )
        assert isinstance(copy, WorkingCopy)
        file_of = files_of(world.estate, world.objects.stores, world.stores)
        receipt = write_package(copy.answer("s-1", world.estate), tmp_path / "package", made=NOW, files=file_of)
    assert isinstance(receipt, PackageReceipt)
    manifest = json.loads((tmp_path / "package" / "manifest.json").read_text())
    found = {f["source"]: f for f in manifest["files"] if "source" in f}
    assert {source.partition(": ")[2] for source in found} == {"ada/face.jpg", "ada/1.jpg", "both.jpg"}
    for source, file in found.items():
        data = (tmp_path / "package" / file["path"]).read_bytes()
        assert data == f"picture of {source.partition(': ')[2]}".encode()
        assert file["sha256"] == hashlib.sha256(data).hexdigest() and file["bytes"] == len(data)
    assert [m.partition(": ")[2] for m in manifest["missing"]] == ["never/written.jpg"]
