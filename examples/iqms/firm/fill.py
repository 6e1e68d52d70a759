"""The firm's rows are written into an empty PostgreSQL database and an empty SQLite file.

    python examples/iqms/firm/fill.py --customers 2000

takes UPHELD_OFFICE_URL and UPHELD_WEB_URL from the environment, prints the count of each awkward kind as JSON, and refuses
a store that already holds tables: it never overwrites.
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


def fill_office(url: str, firm: Firm) -> None:
    """Schema and rows of the office, in one transaction; statistics afterwards."""
    with psycopg.connect(url) as connection:
        if connection.execute("select 1 from pg_tables where schemaname = 'public'").fetchone():
            raise SystemExit("the office database already holds tables; give an empty one")
        connection.execute((HERE / "office.sql").read_text())
        for table, rows in tables(firm, "office"):
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


def fill(office_url: str, web_url: str, users: int, seed: int = SEED) -> dict[str, int]:
    """Fill both stores; the counts of the awkward kinds."""
    firm = make_firm(users, seed)
    fill_office(office_url, firm)
    fill_web(web_url.removeprefix("sqlite:///"), firm)
    return dict(sorted(firm.counts.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=2000, help="how many users")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    counts = fill(os.environ["UPHELD_OFFICE_URL"], os.environ["UPHELD_WEB_URL"], given.customers, given.seed)
    print(json.dumps(counts, indent=2))


if __name__ == "__main__":
    main()
