-- compatible: the version before goes on working beside this one
-- Where a session began, for its user who looks at their sessions; empty where the version before has begun it.

ALTER TABLE sessions ADD COLUMN address {text} NOT NULL DEFAULT '' CHECK (length(address) <= 64);
ALTER TABLE sessions ADD COLUMN client {text} NOT NULL DEFAULT '' CHECK (length(client) <= 100);
