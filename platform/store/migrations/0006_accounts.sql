-- compatible: the version before goes on working beside this one
-- Who may come in and see what: users, their sessions and API keys, whose a run is and with whom it is shared, and the
-- log of what was done to any of these. No secret is kept: passwords as their hash, tokens and keys as their digest.
-- Times are seconds since 1970.

CREATE TABLE users (
  id {text} PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
  name {text} NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64 AND name = lower(name)),
  role {text} NOT NULL CHECK (role IN ('viewer', 'researcher', 'admin')),
  disabled {integer} NOT NULL CHECK (disabled IN (0, 1)),
  password_hash {text} NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
  created_at {integer} NOT NULL
) {strict};

CREATE TABLE sessions (
  id {text} PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
  user_id {text} NOT NULL REFERENCES users (id),
  browser {integer} NOT NULL CHECK (browser IN (0, 1)),
  created_at {integer} NOT NULL,
  used_at {integer} NOT NULL CHECK (used_at >= created_at),
  expires_at {integer} NOT NULL CHECK (expires_at > created_at),
  ended_at {integer}
) {strict};

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- The tokens that a session has had; all but one are replaced.
CREATE TABLE session_tokens (
  digest {text} PRIMARY KEY CHECK (length(digest) = 64),
  session {text} NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  replaced {integer} NOT NULL CHECK (replaced IN (0, 1))
) {strict};

CREATE UNIQUE INDEX session_tokens_in_use ON session_tokens (session) WHERE replaced = 0;
CREATE INDEX session_tokens_by_session ON session_tokens (session);

CREATE TABLE api_keys (
  id {text} PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
  user_id {text} NOT NULL REFERENCES users (id),
  label {text} NOT NULL CHECK (length(label) BETWEEN 1 AND 100),
  digest {text} NOT NULL UNIQUE CHECK (length(digest) = 64),
  scopes {text} NOT NULL CHECK (scopes <> ''),
  created_at {integer} NOT NULL,
  expires_at {integer} CHECK (expires_at > created_at),
  used_at {integer},
  revoked_at {integer}
) {strict};

CREATE INDEX api_keys_by_user ON api_keys (user_id, created_at, id);

-- A run has its owner before it is there.
CREATE TABLE run_owners (
  run {text} PRIMARY KEY CHECK (length(run) BETWEEN 1 AND 64),
  user_id {text} NOT NULL REFERENCES users (id)
) {strict};

CREATE TABLE run_shares (
  run {text} NOT NULL,
  user_id {text} NOT NULL REFERENCES users (id),
  PRIMARY KEY (run, user_id)
) {strict};

CREATE TABLE audit_log (
  number {key},
  at {integer} NOT NULL,
  actor {text} NOT NULL CHECK (actor <> ''),
  action {text} NOT NULL CHECK (action <> ''),
  object {text} NOT NULL,
  outcome {text} NOT NULL,
  address {text} NOT NULL,
  request_id {text} NOT NULL,
  trace_id {text} NOT NULL CHECK (length(trace_id) IN (0, 32))
) {strict};

--only sqlite
CREATE TRIGGER audit_log_keeps BEFORE UPDATE ON audit_log
BEGIN SELECT raise(ABORT, 'audit_log: append-only'); END;

CREATE TRIGGER audit_log_stays BEFORE DELETE ON audit_log
BEGIN SELECT raise(ABORT, 'audit_log: append-only'); END;
--only postgresql
CREATE TRIGGER audit_log_keeps BEFORE UPDATE OR DELETE ON audit_log
  FOR EACH ROW EXECUTE FUNCTION refuse('append-only');
CREATE TRIGGER audit_log_stays BEFORE TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse('append-only');
--both
