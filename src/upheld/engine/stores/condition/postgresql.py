"""A PostgreSQL store's catalogue becomes its Condition: settings, owners, roles, definer functions, views and what they read.

Read as whatever role is connected: what that role may not see is not told. The role itself is left out of those that pass round policies, since
the eraser must. A percent sign stands doubled, as the driver wants it.
"""

from __future__ import annotations

from upheld.engine.estate.drift.condition import Condition, Passing, Routine, TableState, View
from upheld.engine.stores.session import Store
from upheld.engine.stores.sql.statements import Statement

_OURS = """n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast' AND c.relpersistence <> 't'"""
_NAME = "CASE WHEN n.nspname = current_schema() THEN c.relname::text ELSE n.nspname || '.' || c.relname END"

SETTINGS = """
SELECT name, setting = 'on' FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'autovacuum', 'track_counts')
"""
TABLES = f"""
SELECT {_NAME}, pg_get_userbyid(c.relowner)::text, c.relrowsecurity, c.relforcerowsecurity,
       coalesce((SELECT o.option_value::boolean FROM pg_options_to_table(c.reloptions) o WHERE o.option_name = 'autovacuum_enabled'), true),
       greatest(coalesce(s.n_live_tup, 0), c.reltuples::bigint, 0), coalesce(s.n_mod_since_analyze, 0), c.reltuples >= 0
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
WHERE c.relkind IN ('r', 'p') AND {_OURS} ORDER BY 1
"""
ROLES = """
SELECT rolname::text, CASE WHEN rolsuper THEN 'superuser' ELSE 'BYPASSRLS' END FROM pg_roles
WHERE rolcanlogin AND (rolsuper OR rolbypassrls) AND rolname <> current_user ORDER BY 1
"""
ROUTINES = """
SELECT p.oid::regprocedure::text, pg_get_userbyid(p.proowner)::text, pg_get_functiondef(p.oid)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prosecdef AND p.prokind IN ('f', 'p') AND p.prorettype <> 'trigger'::regtype
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY 1
"""
OURSELVES = """
SELECT rolname::text, NOT (rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname = current_user
"""
# A right on columns alone counts: which of them a firm may grant is its own affair, and the server says what is missing.
LACKING = f"""
SELECT name, s, u, d FROM (
  SELECT {_NAME} AS name, has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT') AS s,
         has_table_privilege(c.oid, 'UPDATE') OR has_any_column_privilege(c.oid, 'UPDATE') AS u, has_table_privilege(c.oid, 'DELETE') AS d
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND {_OURS}
) AS rights WHERE NOT (s AND u AND d) ORDER BY 1
"""
ONLY_READS = "SELECT reset_val = 'on' FROM pg_settings WHERE name = 'default_transaction_read_only'"
VIEWS = f"""
WITH reads AS (
  SELECT r.ev_class AS view, array_agg(DISTINCT {_NAME} ORDER BY {_NAME}) AS tables
  FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
  JOIN pg_class c ON c.oid = d.refobjid AND c.relkind IN ('r', 'p') JOIN pg_namespace n ON n.oid = c.relnamespace
  GROUP BY r.ev_class
)
SELECT {_NAME}, c.relkind = 'm', reads.tables,
       coalesce((SELECT o.option_value::boolean FROM pg_options_to_table(c.reloptions) o WHERE o.option_name = 'security_invoker'), false)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN reads ON reads.view = c.oid
WHERE c.relkind IN ('v', 'm') AND {_OURS} ORDER BY 1
"""


def read(store: Store) -> Condition:
    """Eight statements, whatever the size of the store."""
    [(ourselves, bound)] = _rows(store, OURSELVES)
    return Condition(
        settings={str(name): bool(on) for name, on in _rows(store, SETTINGS)},
        tables={
            str(name): TableState(str(owner), bool(secured), bool(forced), bool(cleaned), int(str(rows)), int(str(changed)), bool(known))
            for name, owner, secured, forced, cleaned, rows, changed, known in _rows(store, TABLES)
        },
        passing=tuple(Passing(str(role), str(why)) for role, why in _rows(store, ROLES)),
        routines=tuple(Routine(str(name), str(owner), str(text)) for name, owner, text in _rows(store, ROUTINES)),
        views=tuple(
            View(str(name), bool(kept), tuple(reads), bool(as_reader))  # type: ignore[arg-type]
            for name, kept, reads, as_reader in _rows(store, VIEWS)
        ),
        ourselves=str(ourselves),
        bound=bool(bound),
        lacking={
            str(name): frozenset(right for right, has in (("SELECT", s), ("UPDATE", u), ("DELETE", d)) if not has)
            for name, s, u, d in _rows(store, LACKING)
        },
        only_reads=bool(_rows(store, ONLY_READS)[0][0]),
    )  # fmt: skip


def _rows(store: Store, sql: str) -> list[tuple[object, ...]]:
    return store.rows(Statement(sql, {}), lambda _: None)
