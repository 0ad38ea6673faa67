-- Runs: an experiment, its episodes, the log of each, and what was measured from it.

CREATE TABLE experiments (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 64 AND id NOT GLOB '*[^-A-Za-z0-9_]*'),
  created_at TEXT NOT NULL,
  specification TEXT NOT NULL CHECK (json_valid(specification)),
  state TEXT NOT NULL DEFAULT 'running'
    CHECK (state IN ('running', 'finished', 'cancelled', 'failed')),
  reason TEXT NOT NULL DEFAULT '',
  episodes_planned INTEGER NOT NULL CHECK (episodes_planned >= 0)
) STRICT;

CREATE INDEX experiments_by_time ON experiments (created_at, id);

CREATE TABLE episodes (
  number INTEGER PRIMARY KEY,
  experiment INTEGER NOT NULL REFERENCES experiments (number),
  plan_index INTEGER NOT NULL CHECK (plan_index >= 0),
  environment TEXT NOT NULL,
  agent TEXT NOT NULL,
  trial INTEGER NOT NULL CHECK (trial >= 0),
  seed INTEGER NOT NULL CHECK (seed >= 0),
  finished INTEGER NOT NULL DEFAULT 0 CHECK (finished IN (0, 1)),
  requested INTEGER CHECK (requested >= 0),
  stated INTEGER CHECK (stated >= 0),
  refused INTEGER CHECK (refused >= 0),
  unparseable INTEGER CHECK (unparseable >= 0),
  agent_errors INTEGER CHECK (agent_errors >= 0),
  UNIQUE (experiment, plan_index),
  CHECK (finished = (requested IS NOT NULL AND stated IS NOT NULL AND refused IS NOT NULL
                     AND unparseable IS NOT NULL AND agent_errors IS NOT NULL))
) STRICT;

CREATE TABLE events (
  episode INTEGER NOT NULL REFERENCES episodes (number),
  sequence INTEGER NOT NULL CHECK (sequence >= 0),
  phase INTEGER NOT NULL CHECK (phase >= 0),
  regime TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN (
    'episode_started', 'observation_shown', 'belief_requested', 'belief_stated', 'belief_refused',
    'belief_unparseable', 'action_taken', 'intervention_applied', 'data_drawn', 'agent_error',
    'episode_ended')),
  query TEXT,
  value REAL,
  text TEXT,
  detail TEXT CHECK (detail IS NULL OR json_valid(detail)),
  PRIMARY KEY (episode, sequence),
  CHECK ((kind = 'belief_stated') = (value IS NOT NULL)),
  CHECK ((kind IN ('belief_requested', 'belief_stated', 'belief_refused', 'belief_unparseable',
                   'agent_error')) = (query IS NOT NULL)),
  CHECK ((kind IN ('belief_refused', 'belief_unparseable', 'action_taken', 'agent_error'))
         = (text IS NOT NULL)),
  CHECK ((kind IN ('episode_started', 'observation_shown', 'data_drawn', 'agent_error'))
         = (detail IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE episode_scores (
  episode INTEGER NOT NULL REFERENCES episodes (number),
  position INTEGER NOT NULL CHECK (position >= 0),
  name TEXT NOT NULL,
  value REAL,
  PRIMARY KEY (episode, position),
  UNIQUE (episode, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE belief_measurements (
  episode INTEGER NOT NULL REFERENCES episodes (number),
  position INTEGER NOT NULL CHECK (position >= 0),
  phase INTEGER NOT NULL CHECK (phase >= 0),
  query TEXT NOT NULL,
  regime TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('stated', 'refused', 'unparseable', 'agent_error')),
  belief REAL,
  truth REAL NOT NULL,
  seeing REAL,
  before REAL,
  range_low REAL NOT NULL DEFAULT 0,
  range_high REAL NOT NULL DEFAULT 1,
  causal INTEGER NOT NULL CHECK (causal IN (0, 1)),
  discriminating INTEGER NOT NULL CHECK (discriminating IN (0, 1)),
  PRIMARY KEY (episode, position),
  CHECK (range_low <= range_high),
  -- A probability's range is [0, 1].
  CHECK (belief IS NULL OR belief BETWEEN range_low AND range_high),
  CHECK ((outcome = 'stated') = (belief IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE intervention_records (
  episode INTEGER NOT NULL REFERENCES episodes (number),
  position INTEGER NOT NULL CHECK (position >= 0),
  phase INTEGER NOT NULL CHECK (phase >= 0),
  regime TEXT NOT NULL,
  unit TEXT NOT NULL CHECK (json_valid(unit)),
  PRIMARY KEY (episode, position)
) STRICT, WITHOUT ROWID;

-- The log is append-only, whoever writes.

CREATE TRIGGER events_go_on BEFORE INSERT ON events
WHEN NEW.sequence <> (SELECT coalesce(max(sequence) + 1, 0) FROM events
                      WHERE episode = NEW.episode)
BEGIN SELECT raise(ABORT, 'events: the sequence does not go on'); END;

CREATE TRIGGER events_end BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE episode = NEW.episode AND sequence = NEW.sequence - 1
             AND kind = 'episode_ended')
BEGIN SELECT raise(ABORT, 'events: the episode has ended'); END;

CREATE TRIGGER events_keep BEFORE UPDATE ON events
BEGIN SELECT raise(ABORT, 'events: append-only'); END;

CREATE TRIGGER events_stay BEFORE DELETE ON events
BEGIN SELECT raise(ABORT, 'events: append-only'); END;

CREATE TRIGGER episodes_stay_finished BEFORE UPDATE ON episodes WHEN OLD.finished = 1
BEGIN SELECT raise(ABORT, 'episodes: finished'); END;

CREATE TRIGGER experiments_stay_finished BEFORE UPDATE ON experiments WHEN OLD.state = 'finished'
BEGIN SELECT raise(ABORT, 'experiments: finished'); END;
