"""The firm's rows are written into an empty PostgreSQL database and an empty SQLite file.

    python examples/iqommerce/firm/fill.py --customers 2000

takes UPHELD_SHOP_URL and UPHELD_EVENTS_URL from the environment, prints the count of each awkward kind as JSON, and refuses
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


def fill_shop(url: str, firm: Firm) -> None:
    """Schema and rows of the shop, in one transaction; statistics afterwards."""
    with psycopg.connect(url) as connection:
        if connection.execute("select 1 from pg_tables where schemaname = 'public'").fetchone():
            raise SystemExit("the shop database already holds tables; give an empty one")
        connection.execute((HERE / "shop.sql").read_text())
        for table, rows in tables(firm, "shop"):
            columns = "(customer_id, old_email, old_phone, changed_at)" if table == "customer_changes" else ""
            with connection.cursor().copy(f"copy {table} {columns} from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("analyze")


def fill_events(path: str, firm: Firm) -> None:
    """Schema and rows of events and the website, in one transaction."""
    connection = sqlite3.connect(path)
    if connection.execute("select 1 from sqlite_master").fetchone():
        raise SystemExit("the events file already holds tables; give an empty one")
    connection.executescript((HERE / "events.sql").read_text())
    with connection:
        for table, rows in tables(firm, "events"):
            if rows:
                connection.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)
    connection.execute("analyze")
    connection.close()


def fill(shop_url: str, events_url: str, customers: int, seed: int = SEED) -> dict[str, int]:
    """Fill both stores; the counts of the awkward kinds."""
    firm = make_firm(customers, seed)
    fill_shop(shop_url, firm)
    fill_events(events_url.removeprefix("sqlite:///"), firm)
    return dict(sorted(firm.counts.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    counts = fill(os.environ["UPHELD_SHOP_URL"], os.environ["UPHELD_EVENTS_URL"], given.customers, given.seed)
    print(json.dumps(counts, indent=2))


if __name__ == "__main__":
    main()
