-- compatible: the version before goes on working beside this one
-- A password that an admin sets is a first password: its user changes it, or it ends. Where the version before sets or
-- changes one meanwhile, these stay as they are.

ALTER TABLE users ADD COLUMN password_must_change {integer} NOT NULL DEFAULT 0 CHECK (password_must_change IN (0, 1));
ALTER TABLE users ADD COLUMN password_expires_at {integer};
