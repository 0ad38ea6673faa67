-- compatible: the version before goes on working beside this one
-- Runs that whoever has time carries out, until they are no longer 'running': their turn, and whose they are. Who is at it
-- is in workers.

CREATE TABLE jobs (
  experiment {integer} PRIMARY KEY REFERENCES experiments (number),
  user_id {text} NOT NULL,                       -- whose turn it counts as; '': nobody's
  trace_id {text} NOT NULL CHECK (length(trace_id) IN (0, 32)),
  priority {integer} NOT NULL DEFAULT 0 CHECK (priority BETWEEN -100 AND 100),  -- higher first
  paused {integer} NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
  failures {integer} NOT NULL DEFAULT 0 CHECK (failures >= 0),
  ready_at {integer} NOT NULL DEFAULT 0          -- seconds since 1970; not before
) {strict};

CREATE INDEX experiments_running ON experiments (number) WHERE state = 'running';

-- What servers of the version before had been asked for.
INSERT INTO jobs (experiment, user_id, trace_id)
  SELECT number, coalesce((SELECT user_id FROM run_owners WHERE run = experiments.id), ''), '' FROM experiments
  WHERE state = 'running' AND id LIKE 'server-%';
