"""The house's rows and files are written into an empty PostgreSQL database, an empty SQLite file and an empty folder.

    python examples/ims/firm/fill.py --customers 2000

takes UPHELD_MEDIA_URL, UPHELD_WEB_URL and UPHELD_UPLOADS_URL from the environment, prints the count of each awkward kind as JSON, and
refuses a store that already holds something: it never overwrites.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import sys
from pathlib import Path

import psycopg

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from generate import SEED, Firm, make_firm, tables  # noqa: E402


def fill_media(url: str, firm: Firm) -> None:
    """Schema and rows of the house, in one transaction; statistics afterwards."""
    with psycopg.connect(url) as connection:
        if connection.execute("select 1 from pg_tables where schemaname = 'public'").fetchone():
            raise SystemExit("the media database already holds tables; give an empty one")
        connection.execute((HERE / "media.sql").read_text())
        for table, rows in tables(firm, "media"):
            with connection.cursor().copy(f"copy {table} from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("analyze")


def fill_web(path: str, firm: Firm) -> None:
    """Schema and rows of the website's file, in one transaction."""
    connection = sqlite3.connect(path)
    if connection.execute("select 1 from sqlite_master").fetchone():
        raise SystemExit("the web file already holds tables; give an empty one")
    connection.executescript((HERE / "web.sql").read_text())
    with connection:
        for table, rows in tables(firm, "web"):
            connection.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)
    connection.execute("analyze")
    connection.close()


def fill_uploads(folder: Path, firm: Firm) -> None:
    """The uploaded files, below `folder`."""
    if folder.exists() and any(folder.iterdir()):
        raise SystemExit("the folder of uploads already holds files; give an empty one")
    for name, content in firm.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def fill(media_url: str, web_url: str, uploads_url: str, members: int, seed: int = SEED) -> dict[str, int]:
    """Fill all three; the counts of the awkward kinds."""
    firm = make_firm(members, seed)
    fill_media(media_url, firm)
    fill_web(web_url.removeprefix("sqlite:///"), firm)
    fill_uploads(Path(uploads_url.removeprefix("file://")), firm)
    return dict(sorted(firm.counts.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=2000, help="how many members")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    urls = (os.environ[f"UPHELD_{store}_URL"] for store in ("MEDIA", "WEB", "UPLOADS"))
    print(json.dumps(fill(*urls, given.customers, given.seed), indent=2))


if __name__ == "__main__":
    main()
