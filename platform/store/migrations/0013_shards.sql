-- compatible: the version before goes on working beside this one
-- Parts of a job's run that several workers play at once. Who holds the run shares it, and plays as the others do.

CREATE TABLE shards (
  experiment {integer} NOT NULL REFERENCES experiments (number),
  first_episode {integer} NOT NULL CHECK (first_episode >= 0),  -- by the plan's index
  episodes {integer} NOT NULL CHECK (episodes > 0),
  done {integer} NOT NULL DEFAULT 0 CHECK (done IN (0, 1)),     -- all of them are finished
  taking {integer} NOT NULL DEFAULT 0 CHECK (taking >= 0),      -- the number of its last taking
  -- The lease of whoever plays it. It ends with the taking of the run within which it was given.
  store {text},
  run_taking {integer},
  renewed_at {integer},
  lease_seconds {integer} CHECK (lease_seconds > 0),
  PRIMARY KEY (experiment, first_episode),
  CHECK ((store IS NULL) = (run_taking IS NULL)),
  CHECK ((store IS NULL) = (renewed_at IS NULL)),
  CHECK ((store IS NULL) = (lease_seconds IS NULL)),
  CHECK (done = 0 OR store IS NULL)
) {strict};

CREATE INDEX shards_open ON shards (experiment, first_episode) WHERE done = 0;
CREATE INDEX shards_held ON shards (store) WHERE store IS NOT NULL;

-- The taking of the run within which it is shared; another one's holder, as of the version before, plays it alone.
ALTER TABLE jobs ADD COLUMN shared_in {integer};
