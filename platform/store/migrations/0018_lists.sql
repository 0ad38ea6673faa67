-- compatible: the version before goes on working beside this one
-- Lists of runs by what they hold and whose they are, in the orders in which they are shown. Triggers keep them, whoever
-- writes; of what a user may see, run_owners and run_shares are the truth, and this is how it is found.

CREATE INDEX experiments_in_time ON experiments (created_at, id, number);
CREATE INDEX experiments_in_size ON experiments (episodes_planned, created_at, id, number);
CREATE INDEX experiments_by_state ON experiments (state, created_at, id, claims, number);
CREATE INDEX experiments_by_state_in_size ON experiments (state, episodes_planned, created_at, id, claims, number);
DROP INDEX experiments_by_time;
CREATE INDEX jobs_paused ON jobs (experiment) WHERE paused = 1;

-- Runs that were there before there were jobs have been begun: only a job can be waiting for its turn.
UPDATE experiments SET claims = 1 WHERE state = 'running' AND claims = 0
  AND NOT EXISTS (SELECT 1 FROM jobs WHERE experiment = experiments.number);

CREATE TABLE run_lists (
  experiment {integer} NOT NULL REFERENCES experiments (number) ON DELETE CASCADE,
  list {text} NOT NULL CHECK (list IN ('environment', 'agent', 'owner', 'reader')),
  name {text} NOT NULL CHECK (length(name) BETWEEN 1 AND 500),  -- of an owner or reader: the user's id
  created_at {text} NOT NULL,
  id {text} NOT NULL,
  episodes_planned {integer} NOT NULL,
  PRIMARY KEY (experiment, list, name)
) {clustered};

CREATE INDEX run_lists_in_time ON run_lists (list, name, created_at, id, experiment);
CREATE INDEX run_lists_in_size ON run_lists (list, name, episodes_planned, created_at, id, experiment);

--only sqlite
CREATE TRIGGER experiments_listed AFTER INSERT ON experiments
BEGIN
  INSERT INTO run_lists SELECT DISTINCT NEW.number, 'environment', value, NEW.created_at, NEW.id, NEW.episodes_planned
    FROM json_each(NEW.specification, '$.environments') WHERE type = 'text' AND length(value) BETWEEN 1 AND 500;
  INSERT INTO run_lists SELECT DISTINCT NEW.number, 'agent', value, NEW.created_at, NEW.id, NEW.episodes_planned
    FROM json_each(NEW.specification, '$.agents') WHERE type = 'text' AND length(value) BETWEEN 1 AND 500;
  INSERT INTO run_lists SELECT NEW.number, 'owner', user_id, NEW.created_at, NEW.id, NEW.episodes_planned
    FROM run_owners WHERE run = NEW.id;
  INSERT INTO run_lists SELECT NEW.number, 'reader', user_id, NEW.created_at, NEW.id, NEW.episodes_planned
    FROM (SELECT user_id FROM run_owners WHERE run = NEW.id UNION SELECT user_id FROM run_shares WHERE run = NEW.id);
END;

CREATE TRIGGER run_owners_listed AFTER INSERT ON run_owners
BEGIN
  INSERT INTO run_lists SELECT number, 'owner', NEW.user_id, created_at, id, episodes_planned
    FROM experiments WHERE id = NEW.run;
  INSERT INTO run_lists SELECT number, 'reader', NEW.user_id, created_at, id, episodes_planned
    FROM experiments WHERE id = NEW.run
    AND NOT EXISTS (SELECT 1 FROM run_shares WHERE run = NEW.run AND user_id = NEW.user_id);
END;

CREATE TRIGGER run_owners_unlisted AFTER DELETE ON run_owners
BEGIN
  DELETE FROM run_lists WHERE experiment = (SELECT number FROM experiments WHERE id = OLD.run)
    AND name = OLD.user_id AND (list = 'owner' OR list = 'reader' AND NOT EXISTS
      (SELECT 1 FROM run_shares WHERE run = OLD.run AND user_id = OLD.user_id));
END;

CREATE TRIGGER run_shares_listed AFTER INSERT ON run_shares
BEGIN
  INSERT INTO run_lists SELECT number, 'reader', NEW.user_id, created_at, id, episodes_planned
    FROM experiments WHERE id = NEW.run
    AND NOT EXISTS (SELECT 1 FROM run_owners WHERE run = NEW.run AND user_id = NEW.user_id);
END;

CREATE TRIGGER run_shares_unlisted AFTER DELETE ON run_shares
BEGIN
  DELETE FROM run_lists WHERE experiment = (SELECT number FROM experiments WHERE id = OLD.run)
    AND list = 'reader' AND name = OLD.user_id
    AND NOT EXISTS (SELECT 1 FROM run_owners WHERE run = OLD.run AND user_id = OLD.user_id);
END;

-- Their rows are made and removed, not changed.
CREATE TRIGGER run_owners_stay BEFORE UPDATE ON run_owners
BEGIN SELECT raise(ABORT, 'run_owners: a row is not changed'); END;

CREATE TRIGGER run_shares_stay BEFORE UPDATE ON run_shares
BEGIN SELECT raise(ABORT, 'run_shares: a row is not changed'); END;

INSERT INTO run_lists SELECT DISTINCT number, 'environment', value, created_at, experiments.id, episodes_planned
  FROM experiments, json_each(specification, '$.environments') AS part
  WHERE part.type = 'text' AND length(value) BETWEEN 1 AND 500;
INSERT INTO run_lists SELECT DISTINCT number, 'agent', value, created_at, experiments.id, episodes_planned
  FROM experiments, json_each(specification, '$.agents') AS part
  WHERE part.type = 'text' AND length(value) BETWEEN 1 AND 500;
--only postgresql
-- The texts of an array in a specification. A character that PostgreSQL's texts cannot hold stands for itself no more, and
-- what is no text is not listed: neither is a reason to refuse a run.
CREATE FUNCTION listed_names(specification json, field text) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$
  SELECT DISTINCT name FROM (
    SELECT CASE json_typeof(value) WHEN 'string' THEN value #>> ARRAY[]::text[] END COLLATE "C" AS name
    FROM (SELECT replace(specification::text, '\u0000', '\ufffd')::json -> field AS part) AS parts,
         json_array_elements(CASE json_typeof(part) WHEN 'array' THEN part ELSE '[]' END)) AS names
  WHERE length(name) BETWEEN 1 AND 500
$$;

CREATE FUNCTION list_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO run_lists
    SELECT NEW.number, 'environment', name, NEW.created_at, NEW.id, NEW.episodes_planned
      FROM listed_names(NEW.specification, 'environments') AS name
    UNION ALL SELECT NEW.number, 'agent', name, NEW.created_at, NEW.id, NEW.episodes_planned
      FROM listed_names(NEW.specification, 'agents') AS name
    UNION ALL SELECT NEW.number, 'owner', user_id, NEW.created_at, NEW.id, NEW.episodes_planned
      FROM run_owners WHERE run = NEW.id
    UNION ALL SELECT NEW.number, 'reader', user_id, NEW.created_at, NEW.id, NEW.episodes_planned
      FROM (SELECT user_id FROM run_owners WHERE run = NEW.id UNION SELECT user_id FROM run_shares WHERE run = NEW.id)
        AS readers;
  RETURN NULL;
END $$;

CREATE FUNCTION list_reader() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO run_lists SELECT number, list, NEW.user_id, created_at, id, episodes_planned
    FROM experiments, (VALUES ('owner'), ('reader')) AS lists (list)
    WHERE id = NEW.run AND (list = 'reader' OR TG_TABLE_NAME = 'run_owners')
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE FUNCTION unlist_reader() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM run_lists WHERE experiment = (SELECT number FROM experiments WHERE id = OLD.run) AND name = OLD.user_id
    AND (list = 'owner' AND TG_TABLE_NAME = 'run_owners' OR list = 'reader'
         AND NOT EXISTS (SELECT 1 FROM run_owners WHERE run = OLD.run AND user_id = OLD.user_id)
         AND NOT EXISTS (SELECT 1 FROM run_shares WHERE run = OLD.run AND user_id = OLD.user_id));
  RETURN NULL;
END $$;

CREATE TRIGGER experiments_listed AFTER INSERT ON experiments FOR EACH ROW EXECUTE FUNCTION list_run();
CREATE TRIGGER run_owners_listed AFTER INSERT ON run_owners FOR EACH ROW EXECUTE FUNCTION list_reader();
CREATE TRIGGER run_owners_unlisted AFTER DELETE ON run_owners FOR EACH ROW EXECUTE FUNCTION unlist_reader();
CREATE TRIGGER run_shares_listed AFTER INSERT ON run_shares FOR EACH ROW EXECUTE FUNCTION list_reader();
CREATE TRIGGER run_shares_unlisted AFTER DELETE ON run_shares FOR EACH ROW EXECUTE FUNCTION unlist_reader();
-- Their rows are made and removed, not changed.
CREATE TRIGGER run_owners_stay BEFORE UPDATE ON run_owners
  FOR EACH ROW EXECUTE FUNCTION refuse('a row is not changed');
CREATE TRIGGER run_shares_stay BEFORE UPDATE ON run_shares
  FOR EACH ROW EXECUTE FUNCTION refuse('a row is not changed');

INSERT INTO run_lists SELECT number, 'environment', name, created_at, id, episodes_planned
  FROM experiments, listed_names(specification, 'environments') AS name;
INSERT INTO run_lists SELECT number, 'agent', name, created_at, id, episodes_planned
  FROM experiments, listed_names(specification, 'agents') AS name;
--both

INSERT INTO run_lists SELECT number, 'owner', user_id, created_at, id, episodes_planned
  FROM run_owners JOIN experiments ON id = run;
INSERT INTO run_lists SELECT number, 'reader', user_id, created_at, id, episodes_planned
  FROM (SELECT run, user_id FROM run_owners UNION SELECT run, user_id FROM run_shares) AS readers
  JOIN experiments ON id = run;
