-- compatible: the version before goes on working beside this one
-- How often whoever worked on a job was not heard of any more since the last event was stored.

ALTER TABLE jobs ADD COLUMN crashes {integer} NOT NULL DEFAULT 0 CHECK (crashes >= 0);
