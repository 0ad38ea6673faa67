-- Who works on a run: a process, until it lets go or dies. A row of a dead process counts for nothing.

CREATE TABLE workers (
  experiment {integer} PRIMARY KEY REFERENCES experiments (number),
  store {text} NOT NULL,            -- the opened store that holds the run; chance, so that none is like another
  process {integer} NOT NULL,
  process_started {text} NOT NULL,  -- tells it from a later process of the same number
  machine {text} NOT NULL,          -- where process numbers mean the same
  host {text} NOT NULL,             -- its name, for people
  since {text} NOT NULL,
  renewed_at {integer} NOT NULL     -- seconds since 1970, of the last write to the run
) {strict};
