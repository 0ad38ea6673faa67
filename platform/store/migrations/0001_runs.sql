-- Runs: an experiment, its episodes, the log of each, and what was measured from it.

CREATE TABLE experiments (
  number {key},
  id {text} NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 64 AND {is_id id}),
  created_at {text} NOT NULL,
  specification {json specification} NOT NULL,
  state {text} NOT NULL DEFAULT 'running'
    CHECK (state IN ('running', 'finished', 'cancelled', 'failed')),
  reason {text} NOT NULL DEFAULT '',
  episodes_planned {integer} NOT NULL CHECK (episodes_planned >= 0)
) {strict};

CREATE INDEX experiments_by_time ON experiments (created_at, id);

CREATE TABLE episodes (
  number {key},
  experiment {integer} NOT NULL REFERENCES experiments (number),
  plan_index {integer} NOT NULL CHECK (plan_index >= 0),
  environment {text} NOT NULL,
  agent {text} NOT NULL,
  trial {integer} NOT NULL CHECK (trial >= 0),
  seed {integer} NOT NULL CHECK (seed >= 0),
  finished {integer} NOT NULL DEFAULT 0 CHECK (finished IN (0, 1)),
  requested {integer} CHECK (requested >= 0),
  stated {integer} CHECK (stated >= 0),
  refused {integer} CHECK (refused >= 0),
  unparseable {integer} CHECK (unparseable >= 0),
  agent_errors {integer} CHECK (agent_errors >= 0),
  UNIQUE (experiment, plan_index),
  CHECK ((finished = 1) = (requested IS NOT NULL AND stated IS NOT NULL AND refused IS NOT NULL
                     AND unparseable IS NOT NULL AND agent_errors IS NOT NULL))
) {strict};

CREATE TABLE events (
  episode {integer} NOT NULL REFERENCES episodes (number),
  sequence {integer} NOT NULL CHECK (sequence >= 0),
  phase {integer} NOT NULL CHECK (phase >= 0),
  regime {text} NOT NULL,
  kind {text} NOT NULL CHECK (kind IN (
    'episode_started', 'observation_shown', 'belief_requested', 'belief_stated', 'belief_refused',
    'belief_unparseable', 'action_taken', 'intervention_applied', 'data_drawn', 'agent_error',
    'episode_ended')),
  query {text},
  value {real},
  text {text},
  detail {json detail},
  PRIMARY KEY (episode, sequence),
  CHECK ((kind = 'belief_stated') = (value IS NOT NULL)),
  CHECK ((kind IN ('belief_requested', 'belief_stated', 'belief_refused', 'belief_unparseable',
                   'agent_error')) = (query IS NOT NULL)),
  CHECK ((kind IN ('belief_refused', 'belief_unparseable', 'action_taken', 'agent_error'))
         = (text IS NOT NULL)),
  CHECK ((kind IN ('episode_started', 'observation_shown', 'data_drawn', 'agent_error'))
         = (detail IS NOT NULL))
) {clustered};

CREATE TABLE episode_scores (
  episode {integer} NOT NULL REFERENCES episodes (number),
  position {integer} NOT NULL CHECK (position >= 0),
  name {text} NOT NULL,
  value {real},
  PRIMARY KEY (episode, position),
  UNIQUE (episode, name)
) {clustered};

CREATE TABLE belief_measurements (
  episode {integer} NOT NULL REFERENCES episodes (number),
  position {integer} NOT NULL CHECK (position >= 0),
  phase {integer} NOT NULL CHECK (phase >= 0),
  query {text} NOT NULL,
  regime {text} NOT NULL,
  outcome {text} NOT NULL CHECK (outcome IN ('stated', 'refused', 'unparseable', 'agent_error')),
  belief {real},
  truth {real} NOT NULL,
  seeing {real},
  before {real},
  range_low {real} NOT NULL DEFAULT 0,
  range_high {real} NOT NULL DEFAULT 1,
  causal {integer} NOT NULL CHECK (causal IN (0, 1)),
  discriminating {integer} NOT NULL CHECK (discriminating IN (0, 1)),
  PRIMARY KEY (episode, position),
  CHECK (range_low <= range_high),
  -- A probability's range is [0, 1].
  CHECK (belief IS NULL OR belief BETWEEN range_low AND range_high),
  CHECK ((outcome = 'stated') = (belief IS NOT NULL))
) {clustered};

CREATE TABLE intervention_records (
  episode {integer} NOT NULL REFERENCES episodes (number),
  position {integer} NOT NULL CHECK (position >= 0),
  phase {integer} NOT NULL CHECK (phase >= 0),
  regime {text} NOT NULL,
  unit {json unit} NOT NULL,
  PRIMARY KEY (episode, position)
) {clustered};

-- The log is append-only, whoever writes.

--only sqlite
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
--only postgresql
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%: %', TG_TABLE_NAME, TG_ARGV[0];
END $$;

CREATE FUNCTION events_go_on() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  last_sequence bigint;
  last_kind text;
BEGIN
  SELECT sequence, kind INTO last_sequence, last_kind FROM events
    WHERE episode = NEW.episode ORDER BY sequence DESC LIMIT 1;
  IF NEW.sequence <> coalesce(last_sequence + 1, 0) THEN
    RAISE EXCEPTION 'events: the sequence does not go on';
  END IF;
  IF last_kind = 'episode_ended' THEN
    RAISE EXCEPTION 'events: the episode has ended';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER events_go_on BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION events_go_on();
CREATE TRIGGER events_keep BEFORE UPDATE OR DELETE ON events
  FOR EACH ROW EXECUTE FUNCTION refuse('append-only');
CREATE TRIGGER events_stay BEFORE TRUNCATE ON events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse('append-only');
CREATE TRIGGER episodes_stay_finished BEFORE UPDATE ON episodes FOR EACH ROW WHEN (OLD.finished = 1)
  EXECUTE FUNCTION refuse('finished');
CREATE TRIGGER experiments_stay_finished BEFORE UPDATE ON experiments
  FOR EACH ROW WHEN (OLD.state = 'finished') EXECUTE FUNCTION refuse('finished');
--both
