-- Roles of the stack, with passwords of the secrets in :secrets. Run as the superuser; done again, it sets them anew.
-- The server keeps no statement of this session: they hold passwords.
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;
\set database_password `tr -d '\n' <"$SECRETS_FOLDER/database_password"`
\set pgbouncer_password `tr -d '\n' <"$SECRETS_FOLDER/pgbouncer_password"`
\set monitor_password `tr -d '\n' <"$SECRETS_FOLDER/monitor_password"`

SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY['causal_user', 'pgbouncer', 'causal_monitor']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

-- It may make databases: a backup is restored into one beside the live one.
ALTER ROLE causal_user LOGIN CREATEDB PASSWORD :'database_password';
ALTER ROLE pgbouncer LOGIN CONNECTION LIMIT 10 PASSWORD :'pgbouncer_password';
ALTER ROLE causal_monitor LOGIN CONNECTION LIMIT 10 PASSWORD :'monitor_password';
GRANT pg_monitor TO causal_monitor;
