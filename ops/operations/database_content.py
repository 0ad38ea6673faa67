"""What is in a database, told so that two of them can be compared: rows of each table by count and hash, and every definition.

The hash of a table is SHA-256 over its rows as COPY writes them, in the order of its primary key (without one, of the rows' texts),
so that it does not depend on where rows lie, on the server's version or on its settings.
"""
import hashlib

from operations.psql_session import Session

MOST_TOLD = 20
OURS = """ NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname !~ '^pg_(temp|toast_temp)_'"""
NO_EXTENSION = "NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = {oid} AND d.classid = '{catalog}'::regclass AND d.deptype = 'e')"

TABLES = f"""
SELECT format('%I.%I', n.nspname, c.relname),
  (SELECT string_agg(format('%I', a.attname), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
  coalesce((SELECT string_agg(format('t.%I', a.attname) || CASE WHEN a.attcollation <> 0 THEN ' COLLATE pg_catalog."C"' ELSE '' END, ', ' ORDER BY k.place)
    FROM pg_catalog.pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place), pg_catalog.pg_attribute a
    WHERE i.indrelid = c.oid AND i.indisprimary AND k.place <= i.indnkeyatts AND a.attrelid = c.oid AND a.attnum = k.number),
    't::text COLLATE pg_catalog."C"')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname {OURS} AND {NO_EXTENSION.format(oid="c.oid", catalog="pg_catalog.pg_class")}
ORDER BY 1"""
SEQUENCES = """
SELECT format('%I.%I', schemaname, sequencename), coalesce(last_value, 0), increment_by FROM pg_catalog.pg_sequences ORDER BY 1"""


def rights(column, kind, owner):
    """Sorted, and told also where they are those that the owner has without a GRANT."""
    return f"(SELECT string_agg(r::text, ' ' ORDER BY r::text) FROM unnest(coalesce({column}, acldefault('{kind}', {owner}))) r)"


# Each tells objects as (what it is, how it is defined).
DEFINITIONS = [
    f"""SELECT 'database ' || current_database(), concat_ws(' ', pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype,
      {rights("datacl", "d", "datdba")}) FROM pg_catalog.pg_database WHERE datname = current_database()""",
    f"""SELECT 'schema ' || nspname, concat_ws(' ', pg_get_userbyid(nspowner), {rights("nspacl", "n", "nspowner")})
      FROM pg_catalog.pg_namespace n WHERE nspname {OURS}""",
    "SELECT 'extension ' || extname, extversion FROM pg_catalog.pg_extension",
    f"""SELECT 'relation ' || c.oid::regclass, concat_ws(' ', c.relkind, pg_get_userbyid(relowner), relpersistence, relrowsecurity, reloptions,
      {rights("relacl", "r", "relowner")}) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname {OURS} AND {NO_EXTENSION.format(oid="c.oid", catalog="pg_catalog.pg_class")}""",
    f"""SELECT format('column %s.%I', c.oid::regclass, a.attname), concat_ws(' ', format_type(atttypid, atttypmod),
      CASE WHEN attnotnull THEN 'NOT NULL' END, attidentity, attgenerated, pg_get_expr(adbin, adrelid), attcollation::regcollation)
      FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = attrelid JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
      LEFT JOIN pg_catalog.pg_attrdef ON adrelid = attrelid AND adnum = attnum
      WHERE attnum > 0 AND NOT attisdropped AND c.relkind IN ('r', 'p') AND n.nspname {OURS}""",
    f"""SELECT format('constraint %I on %s', conname, conrelid::regclass), pg_get_constraintdef(o.oid) || CASE WHEN convalidated THEN '' ELSE ' (not valid)' END
      FROM pg_catalog.pg_constraint o JOIN pg_catalog.pg_namespace n ON n.oid = connamespace WHERE conrelid <> 0 AND n.nspname {OURS}""",
    f"""SELECT 'index ' || indexrelid::regclass, pg_get_indexdef(indexrelid) || CASE WHEN indisvalid THEN '' ELSE ' (not valid)' END
      FROM pg_catalog.pg_index JOIN pg_catalog.pg_class c ON c.oid = indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
      WHERE n.nspname {OURS}""",
    """SELECT format('trigger %I on %s', tgname, tgrelid::regclass), tgenabled::text || ' ' || pg_get_triggerdef(oid)
      FROM pg_catalog.pg_trigger WHERE NOT tgisinternal""",
    f"""SELECT 'function ' || p.oid::regprocedure, concat_ws(' ', pg_get_userbyid(proowner), {rights("proacl", "f", "proowner")},
      encode(sha256(convert_to(pg_get_functiondef(p.oid), 'UTF8')), 'hex')) FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = pronamespace
      WHERE prokind IN ('f', 'p', 'w') AND n.nspname {OURS} AND {NO_EXTENSION.format(oid="p.oid", catalog="pg_catalog.pg_proc")}""",
    f"""SELECT 'view ' || c.oid::regclass, encode(sha256(convert_to(translate(pg_get_viewdef(c.oid), '()', ''), 'UTF8')), 'hex') FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('v', 'm') AND n.nspname {OURS}
      AND {NO_EXTENSION.format(oid="c.oid", catalog="pg_catalog.pg_class")}""",
    f"""SELECT 'type ' || t.oid::regtype, string_agg(enumlabel, ' ' ORDER BY enumsortorder) FROM pg_catalog.pg_enum
      JOIN pg_catalog.pg_type t ON t.oid = enumtypid JOIN pg_catalog.pg_namespace n ON n.oid = typnamespace WHERE n.nspname {OURS} GROUP BY t.oid"""]


def read_table(session, name, columns, order):
    """A table without columns has rows all the same."""
    total, count = hashlib.sha256(), 0
    for line in session.lines(f"COPY (SELECT {columns or ''} FROM {name} AS t ORDER BY {order}) TO STDOUT"):
        total.update(line)
        count += 1
    return {"rows": count, "sha256": total.hexdigest()}


def read_sequences(session):
    return {name: {"last": int(last), "increment": int(increment)} for name, last, increment in session.rows(SEQUENCES)}


def read_definitions(session):
    return {what: how or "" for query in DEFINITIONS for what, how in session.rows(query)}


def read_content(session: Session):
    """In the session's transaction. Sequences know none: they are read first, so that whoever reads them later finds no smaller value."""
    sequences = read_sequences(session)
    tables = {name: read_table(session, name, columns, order) for name, columns, order in session.rows(TABLES)}
    return {"tables": tables, "sequences": sequences, "definitions": read_definitions(session)}


def migration(session):
    """The number of the program's last migration; 0 when it has made no table yet."""
    if session.one("SELECT to_regclass('public.causal_gym_schema') IS NULL") == "t":
        return 0
    return int(session.one("SELECT coalesce(max(version), 0) FROM public.causal_gym_schema"))


def normal(definition):
    """Without parentheses: PostgreSQL sets others when it has read its own text again, as for BETWEEN in a constraint."""
    return definition and definition.replace("(", "").replace(")", "")


def differences(expected, found):
    """Sentences, at most MOST_TOLD of them; none when all that was expected is there and nothing else."""
    told = []
    for name in sorted(expected["tables"].keys() | found["tables"].keys()):
        before, after = expected["tables"].get(name), found["tables"].get(name)
        if before is None or after is None:
            told.append(f"table {name} is " + ("missing" if after is None else "not in the manifest"))
        elif before["rows"] != after["rows"]:
            told.append(f"table {name} has {after['rows']} rows, not {before['rows']}")
        elif before["sha256"] != after["sha256"]:
            told.append(f"table {name} has {after['rows']} rows, as it should, but not with the same content")
    for name, before in expected["sequences"].items():
        after = found["sequences"].get(name)
        if after is None:
            told.append(f"sequence {name} is missing")
        elif (after["last"] - before["last"]) * before["increment"] < 0:
            told.append(f"sequence {name} is at {after['last']}, before {before['last']}")
    for what in sorted(expected["definitions"].keys() | found["definitions"].keys()):
        before, after = expected["definitions"].get(what), found["definitions"].get(what)
        if normal(before) != normal(after):
            told.append(f"{what} is " + ("missing" if after is None else "not in the manifest" if before is None else f"{after!r}, not {before!r}"))
    return told if len(told) <= MOST_TOLD else [*told[:MOST_TOLD], f"and {len(told) - MOST_TOLD} more"]
