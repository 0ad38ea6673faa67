-- What every database of the stack has; run in template1 and causal_experiments as the superuser, any number of times.
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
CREATE SCHEMA IF NOT EXISTS pgbouncer;
REVOKE ALL ON SCHEMA pgbouncer FROM PUBLIC;
GRANT USAGE ON SCHEMA pgbouncer TO pgbouncer;

-- Who may sign in through PgBouncer, and their SCRAM secret: nobody who could do more than an application needs.
CREATE OR REPLACE FUNCTION pgbouncer.lookup(wanted text) RETURNS TABLE (name text, password text)
LANGUAGE sql SECURITY DEFINER STABLE SET search_path = pg_catalog
AS $$
  SELECT rolname::text, rolpassword
  FROM pg_catalog.pg_authid
  WHERE rolname = wanted AND rolcanlogin AND NOT rolsuper AND NOT rolreplication AND rolname <> 'pgbouncer'
    AND (rolvaliduntil IS NULL OR rolvaliduntil > pg_catalog.now());
$$;
REVOKE ALL ON FUNCTION pgbouncer.lookup(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgbouncer.lookup(text) TO pgbouncer;
