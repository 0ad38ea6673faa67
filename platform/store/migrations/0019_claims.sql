-- compatible: the version before goes on working beside this one
-- A claim changes nothing that an index of runs holds, so that PostgreSQL writes the row alone.

DROP INDEX experiments_by_state;
DROP INDEX experiments_by_state_in_size;
CREATE INDEX experiments_by_state ON experiments (state, created_at, id, number);
CREATE INDEX experiments_by_state_in_size ON experiments (state, episodes_planned, created_at, id, number);

--only postgresql
-- Room for it beside the row that it takes the place of.
ALTER TABLE experiments SET (fillfactor = 70);
--both
