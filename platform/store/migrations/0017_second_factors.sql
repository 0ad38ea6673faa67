-- compatible: the version before goes on working beside this one
-- The secret that a user's device makes codes of, sealed, and the digests of their recovery codes. The version before asks
-- for no code: nobody adds a second factor before all replicas are of this one.

CREATE TABLE second_factors (
  user_id {text} PRIMARY KEY REFERENCES users (id),
  secret {text} NOT NULL CHECK (secret LIKE '%:%'),
  confirmed {integer} NOT NULL CHECK (confirmed IN (0, 1)),
  last_step {integer} NOT NULL CHECK (last_step >= 0),  -- of the newest code that was taken
  created_at {integer} NOT NULL
) {strict};

CREATE TABLE recovery_codes (
  user_id {text} NOT NULL REFERENCES second_factors (user_id) ON DELETE CASCADE,
  digest {text} NOT NULL CHECK (length(digest) = 64),
  PRIMARY KEY (user_id, digest)
) {strict};
