-- Who works on a run: a process, until it lets go or dies. A row of a dead process counts for nothing.

CREATE TABLE workers (
  experiment INTEGER PRIMARY KEY REFERENCES experiments (number),
  store TEXT NOT NULL,            -- the opened store that holds the run; chance, so that none is like another
  process INTEGER NOT NULL,
  process_started TEXT NOT NULL,  -- tells it from a later process of the same number
  machine TEXT NOT NULL,          -- where process numbers mean the same
  host TEXT NOT NULL,             -- its name, for people
  since TEXT NOT NULL,
  renewed_at INTEGER NOT NULL     -- seconds since 1970, of the last write to the run
) STRICT;
