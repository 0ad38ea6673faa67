-- compatible: the version before goes on working beside this one
-- A claim of a run is a lease, and each taking of it has a number, by which a holder that was taken over is known.

ALTER TABLE experiments ADD COLUMN claims {integer} NOT NULL DEFAULT 0 CHECK (claims >= 0);
-- How long a claim lasts after renewed_at; of the version before: 600.
ALTER TABLE workers ADD COLUMN lease_seconds {integer} NOT NULL DEFAULT 600 CHECK (lease_seconds > 0);

--only postgresql
-- Which commits there were, by connection: whoever lost one in its commit asks here how it ended. kept = 0: the
-- one who asked came first, and that commit can no longer be.
CREATE TABLE commits (
  connection {text} NOT NULL,
  number {integer} NOT NULL CHECK (number > 0),
  kept {integer} NOT NULL CHECK (kept IN (0, 1)),
  committed_at {integer} NOT NULL,
  PRIMARY KEY (connection, number)
) {strict};
--both
