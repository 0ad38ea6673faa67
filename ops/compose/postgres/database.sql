-- The database of the runs, made from template1 with what foundation.sql put there; run in another one as the superuser.
SELECT 'CREATE DATABASE causal_experiments OWNER causal_user ENCODING ''UTF8'' TEMPLATE template1'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'causal_experiments') \gexec
REVOKE ALL ON DATABASE causal_experiments FROM PUBLIC;
GRANT CONNECT ON DATABASE causal_experiments TO pgbouncer, causal_monitor;
