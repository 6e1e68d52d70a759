"""A live PostgreSQL becomes a StoreCatalogue, in eight catalogue queries whatever the number of tables.

Reads schemas only, never a row. The fingerprint is one statement, so that an executing transaction can ask for it again;
it holds names and definitions, no object ids, so that a restored database has the same. Not taken: information_schema (slow,
blind to what the role may not use) and SQLAlchemy's reflection (knows neither triggers nor publications).
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, cast

import psycopg
from psycopg.rows import tuple_row

from upheld.engine.estate.model import LiveColumn, LiveForeignKey, LiveIndex, LiveTable, LiveTrigger, StoreCatalogue

Rows = list[tuple[Any, ...]]
Connection = psycopg.Connection[Any]


def reflect(connection: Connection, store: str) -> StoreCatalogue:
    """The schema of every user table, view and partition, as the store's current transaction sees it.

    Names outside the current schema are qualified. Cost: nine statements; 500 tables take under a second.
    """
    tables = _rows(connection, _TABLES)
    columns, checks = _columns(connection)
    keys, foreign_keys = _constraints(connection, checks)
    indexes = _indexes(connection)
    triggers = _triggers(connection)
    publications = _by_table(_rows(connection, _PUBLICATIONS))
    policies = _by_table(_rows(connection, _POLICIES))
    live = {
        name: LiveTable(
            name=name,
            columns=tuple(columns.get(name, ())),
            primary_key=keys.get(name, ()),
            foreign_keys=tuple(foreign_keys.get(name, ())),
            indexes=tuple(indexes.get(name, ())),
            checks=tuple(checks.get(name, ())),
            triggers=tuple(triggers.get(name, ())),
            estimate=estimate,
            kind=kind,
            publications=tuple(publication for (publication,) in publications.get(name, ())),
            row_security=row_security,
            row_forced=row_forced,
            policies=tuple((policy, text) for policy, text in policies.get(name, ())),
            part_of=part_of or "",
            partition_key=tuple(partition_key or ()),
        )
        for name, kind, estimate, row_security, row_forced, part_of, partition_key in tables
    }
    [(version,)] = _rows(connection, "SELECT current_setting('server_version')")
    return StoreCatalogue(store, "postgresql", version.split()[0], live, fingerprint(connection))


def fingerprint(connection: Connection) -> str:
    """SHA-256 (hex) of the whole schema: columns, constraints, indexes, triggers with their source, policies, publications.

    One statement; changes exactly if `reflect` would see another schema (estimates aside).
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(cast("Any", _FINGERPRINT), prepare=True).fetchone()
    return str(row[0]) if row else ""


def _rows(connection: Connection, sql: str) -> Rows:
    with connection.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute(cast("Any", sql)).fetchall()


def _by_table(rows: Rows) -> dict[str, Rows]:
    grouped: dict[str, Rows] = defaultdict(list)
    for name, *rest in rows:
        grouped[name].append(tuple(rest))
    return grouped


Checks = dict[str, list[tuple[str, str]]]


def _columns(connection: Connection) -> tuple[dict[str, list[LiveColumn]], Checks]:
    columns: dict[str, list[LiveColumn]] = defaultdict(list)
    checks: Checks = defaultdict(list)
    for table, name, type_, base, nullable, default, generated, length, position, domain_checks in _rows(connection, _COLUMNS):
        family = _FAMILIES.get(base, "other")
        column = LiveColumn(name, type_, family, nullable, default, generated, length, position)  # type: ignore[arg-type]
        columns[table].append(column)
        for check_name, expression in domain_checks or ():
            # A domain's check says VALUE; here it is a check of the column like any other.
            checks[table].append((check_name, expression.replace("VALUE", name)))
    return columns, checks


def _constraints(connection: Connection, checks: Checks) -> tuple[dict[str, tuple[str, ...]], dict[str, list[LiveForeignKey]]]:
    keys: dict[str, tuple[str, ...]] = {}
    foreign_keys: dict[str, list[LiveForeignKey]] = defaultdict(list)
    for table, name, kind, columns, expression, target, target_columns, deleted, updated, may, initially, unchecked in _rows(
        connection, _CONSTRAINTS
    ):
        if kind == "p":
            keys[table] = tuple(columns)
        elif kind == "c":
            checks[table].append((name, expression))
        else:
            key = LiveForeignKey(
                name, tuple(columns), target, tuple(target_columns), _ACTIONS[deleted], _ACTIONS[updated], may, initially, unchecked  # type: ignore[arg-type]
            )  # fmt: skip
            foreign_keys[table].append(key)
    return keys, foreign_keys


def _indexes(connection: Connection) -> dict[str, list[LiveIndex]]:
    indexes: dict[str, list[LiveIndex]] = defaultdict(list)
    for table, name, columns, unique, partial in _rows(connection, _INDEXES):
        indexes[table].append(LiveIndex(name, tuple(columns), unique, partial))
    return indexes


def _triggers(connection: Connection) -> dict[str, list[LiveTrigger]]:
    triggers: dict[str, list[LiveTrigger]] = defaultdict(list)
    for table, name, events, definition in _rows(connection, _TRIGGERS):
        triggers[table].append(LiveTrigger(name, tuple(events), definition))
    return triggers


_ACTIONS = {"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}
_FAMILIES = {
    "text": "text", "varchar": "text", "bpchar": "text", "name": "text", "citext": "text", "char": "text",
    "int2": "integer", "int4": "integer", "int8": "integer", "numeric": "number", "float4": "number", "float8": "number",
    "money": "number", "bool": "boolean", "date": "date", "timestamp": "timestamp", "timestamptz": "timestamp", "json": "json",
    "jsonb": "json", "bytea": "binary", "uuid": "uuid",
}  # fmt: skip

# Every user relation, once, by the name the map uses: bare in the current schema, qualified elsewhere.
_OURS = """
WITH ours AS MATERIALIZED (
  SELECT c.oid, c.relkind, c.reltuples, c.relrowsecurity, c.relforcerowsecurity, c.relispartition,
         CASE WHEN n.nspname = current_schema() THEN c.relname ELSE n.nspname || '.' || c.relname END AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%'
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
)
"""
_TABLES = (
    _OURS
    + """
SELECT t.name,
       CASE WHEN t.relispartition THEN 'partition'
            ELSE (jsonb '{"r": "table", "p": "partitioned", "v": "view", "m": "materialised view", "f": "foreign"}') ->> t.relkind::text
       END,
       greatest(t.reltuples, (SELECT sum(greatest(k.reltuples, 0)) FROM pg_partition_tree(t.oid) q JOIN pg_class k ON k.oid = q.relid
                              WHERE t.relkind = 'p' AND q.isleaf), 0)::bigint,
       t.relrowsecurity, t.relforcerowsecurity,
       (SELECT p.name FROM pg_inherits i JOIN ours p ON p.oid = i.inhparent WHERE i.inhrelid = t.oid AND t.relispartition),
       (SELECT array_agg(coalesce(a.attname::text, '') ORDER BY k.n)
        FROM pg_partitioned_table pt, unnest(pt.partattrs::int2[]) WITH ORDINALITY AS k (attnum, n)
        LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum AND k.attnum > 0 WHERE pt.partrelid = t.oid)
FROM ours t ORDER BY t.name COLLATE "C"
"""
)
_COLUMNS = (
    _OURS
    + """
SELECT t.name, a.attname::text, format_type(a.atttypid, a.atttypmod), b.typname::text,
       NOT (a.attnotnull OR (y.typtype = 'd' AND y.typnotnull)),
       pg_get_expr(d.adbin, d.adrelid), a.attgenerated <> '',
       CASE WHEN b.typname IN ('varchar', 'bpchar') THEN
         nullif(CASE WHEN y.typtype = 'd' THEN y.typtypmod ELSE a.atttypmod END, -1) - 4 END,
       a.attnum::int,
       (SELECT array_agg(ARRAY[k.conname::text, pg_get_expr(k.conbin, 0)] ORDER BY k.conname)
        FROM pg_constraint k WHERE y.typtype = 'd' AND k.contypid = y.oid AND k.contype = 'c')
FROM ours t
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type y ON y.oid = a.atttypid
JOIN pg_type b ON b.oid = CASE WHEN y.typtype = 'd' THEN y.typbasetype ELSE y.oid END
LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
ORDER BY t.name COLLATE "C", a.attnum
"""
)
# A key that some row of its table may break: it says nothing of rows that are not there. Not enforced is not validated, too.
_UNCHECKED = """
NOT k.convalidated OR current_setting('session_replication_role') = 'replica'
OR EXISTS (SELECT 1 FROM pg_trigger g WHERE g.tgconstraint = k.oid AND g.tgenabled NOT IN ('O', 'A'))
OR EXISTS (SELECT 1 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
           WHERE NOT c.relispartition AND i.inhparent IN (k.conrelid, k.confrelid))
"""
_CONSTRAINTS = (
    _OURS
    + f"""
SELECT t.name, k.conname::text, k.contype::text,
       (SELECT array_agg(a.attname::text ORDER BY u.n) FROM unnest(k.conkey) WITH ORDINALITY AS u (attnum, n)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum),
       CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) END, f.name,
       (SELECT array_agg(a.attname::text ORDER BY u.n) FROM unnest(k.confkey) WITH ORDINALITY AS u (attnum, n)
        JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum),
       k.confdeltype::text, k.confupdtype::text, k.condeferrable, k.condeferred, k.contype = 'f' AND ({_UNCHECKED})
FROM ours t JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype IN ('p', 'c', 'f')
LEFT JOIN ours f ON f.oid = k.confrelid
WHERE k.contype <> 'f' OR (f.oid IS NOT NULL AND k.conparentid = 0)
ORDER BY t.name COLLATE "C", k.conname
"""
)
_INDEXES = (
    _OURS
    + """
SELECT t.name, c.relname::text,
       (SELECT array_agg(coalesce(a.attname::text, pg_get_indexdef(i.indexrelid, u.n::int, true)) ORDER BY u.n)
        FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u (attnum, n)
        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.attnum AND u.attnum > 0
        WHERE u.n <= i.indnkeyatts),
       i.indisunique OR i.indisexclusion, i.indpred IS NOT NULL
FROM ours t JOIN pg_index i ON i.indrelid = t.oid AND i.indisvalid JOIN pg_class c ON c.oid = i.indexrelid
ORDER BY t.name COLLATE "C", c.relname
"""
)
_TRIGGERS = (
    _OURS
    + """
SELECT t.name, g.tgname::text,
       array_remove(ARRAY[CASE WHEN g.tgtype & 4 > 0 THEN 'insert' END, CASE WHEN g.tgtype & 16 > 0 THEN 'update' END,
                          CASE WHEN g.tgtype & 8 > 0 THEN 'delete' END, CASE WHEN g.tgtype & 32 > 0 THEN 'truncate' END], NULL) AS events,
       pg_get_triggerdef(g.oid) || E'\\n' || p.prosrc AS definition
FROM ours t JOIN pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal AND g.tgparentid = 0 AND g.tgenabled <> 'D'
JOIN pg_proc p ON p.oid = g.tgfoid
UNION ALL
SELECT t.name, r.rulename::text, ARRAY[(jsonb '{"2": "update", "3": "insert", "4": "delete"}') ->> r.ev_type::text], pg_get_ruledef(r.oid)
FROM ours t JOIN pg_rewrite r ON r.ev_class = t.oid AND r.ev_type IN ('2', '3', '4') AND t.relkind IN ('r', 'p')
ORDER BY 1, 2
"""
)
_PUBLICATIONS = (
    _OURS
    + """
SELECT DISTINCT t.name, p.pubname::text
FROM pg_publication p
LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid
LEFT JOIN pg_publication_namespace s ON s.pnpubid = p.oid
JOIN ours t ON t.relkind IN ('r', 'p')
  AND (p.puballtables OR t.oid = r.prrelid OR (SELECT relnamespace FROM pg_class WHERE oid = t.oid) = s.pnnspid)
ORDER BY 1, 2
"""
)
# What a policy says, with its roles by name: an object's id is another after a restore.
_POLICY = """
concat_ws(' ', CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
          'for', (jsonb '{"r": "select", "a": "insert", "w": "update", "d": "delete", "*": "all"}') ->> p.polcmd::text,
          'to', (SELECT string_agg(coalesce(r.rolname::text, 'public'), ', ' ORDER BY r.rolname)
                 FROM unnest(p.polroles) AS o (id) LEFT JOIN pg_roles r ON r.oid = o.id),
          'using ' || pg_get_expr(p.polqual, p.polrelid), 'with check ' || pg_get_expr(p.polwithcheck, p.polrelid))
"""
_POLICIES = (
    _OURS
    + f"""
SELECT t.name, p.polname::text, {_POLICY} FROM ours t JOIN pg_policy p ON p.polrelid = t.oid ORDER BY t.name COLLATE "C", p.polname
"""
)
_FINGERPRINT = (
    _OURS
    + f"""
SELECT encode(sha256(convert_to(coalesce(string_agg(line, E'\\n' ORDER BY line COLLATE "C"), ''), 'UTF8')), 'hex') FROM (
  SELECT concat_ws('|', 'r', t.name, t.relkind, t.relrowsecurity, t.relispartition) FROM ours t
  UNION ALL
  SELECT concat_ws('|', 'a', t.name, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated, a.attnum,
                   pg_get_expr(d.adbin, d.adrelid))
  FROM ours t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
  UNION ALL
  SELECT concat_ws('|', 'k', t.name, k.conname, pg_get_constraintdef(k.oid))
  FROM ours t JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype IN ('p', 'c', 'f', 'u', 'x')
  UNION ALL
  SELECT concat_ws('|', 'u', t.name, k.conname)
  FROM ours t JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'f' AND ({_UNCHECKED})
  UNION ALL
  SELECT concat_ws('|', 'd', y.typname, k.conname, pg_get_constraintdef(k.oid))
  FROM pg_constraint k JOIN pg_type y ON y.oid = k.contypid WHERE y.typnamespace <> 'information_schema'::regnamespace
  UNION ALL
  SELECT concat_ws('|', 'i', t.name, i.indisvalid, pg_get_indexdef(i.indexrelid)) FROM ours t JOIN pg_index i ON i.indrelid = t.oid
  UNION ALL
  SELECT concat_ws('|', 't', t.name, g.tgenabled, pg_get_triggerdef(g.oid), p.prosrc)
  FROM ours t JOIN pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal JOIN pg_proc p ON p.oid = g.tgfoid
  UNION ALL
  SELECT concat_ws('|', 'f', t.name) FROM ours t WHERE t.relforcerowsecurity
  UNION ALL
  SELECT concat_ws('|', 's', t.name, p.polname, {_POLICY}) FROM ours t JOIN pg_policy p ON p.polrelid = t.oid
  UNION ALL
  SELECT concat_ws('|', 'w', t.name, pg_get_ruledef(r.oid)) FROM ours t JOIN pg_rewrite r ON r.ev_class = t.oid
  UNION ALL
  SELECT concat_ws('|', 'p', p.pubname, p.puballtables, r.prrelid::regclass, s.pnnspid::regnamespace)
  FROM pg_publication p LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid LEFT JOIN pg_publication_namespace s ON s.pnpubid = p.oid
) AS lines (line)
"""
)
