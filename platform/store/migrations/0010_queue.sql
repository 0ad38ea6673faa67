-- compatible: the version before goes on working beside this one
-- The queue is an index in the order in which jobs are claimed.

-- 1: nobody holds it, it is not paused, and its run is 'running'. Where the version before has changed a run, a job may be
-- 1 whose run has ended or is held, which whoever claims passes over, or 0, which is found when nothing else waits.
ALTER TABLE jobs ADD COLUMN waiting {integer} NOT NULL DEFAULT 1 CHECK (waiting IN (0, 1));
-- Owners take turns: of one owner's jobs each has a later turn than the one before.
ALTER TABLE jobs ADD COLUMN turn {integer} NOT NULL DEFAULT 0 CHECK (turn >= 0);

UPDATE jobs SET waiting = 0 WHERE paused = 1
  OR NOT EXISTS (SELECT 1 FROM experiments WHERE number = jobs.experiment AND state = 'running')
  OR EXISTS (SELECT 1 FROM workers WHERE workers.experiment = jobs.experiment);
UPDATE jobs SET turn = counted.turn FROM
  (SELECT experiment, row_number() OVER (PARTITION BY user_id ORDER BY experiment) - 1 AS turn FROM jobs WHERE waiting = 1)
  AS counted WHERE counted.experiment = jobs.experiment;

CREATE INDEX jobs_in_turn ON jobs (priority DESC, turn, experiment) WHERE waiting = 1;
CREATE INDEX jobs_of_owner ON jobs (user_id, turn) WHERE waiting = 1;
