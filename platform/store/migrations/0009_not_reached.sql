-- compatible: the version before goes on working beside this one
-- A belief that was never asked, as the episode ended before: to the version before it is refused,
-- so it stands as 'refused' and as not reached, and `refused` counts it too.

ALTER TABLE belief_measurements ADD COLUMN reached {integer} NOT NULL DEFAULT 1 CHECK (reached IN (0, 1));
ALTER TABLE episodes ADD COLUMN not_reached {integer} NOT NULL DEFAULT 0 CHECK (not_reached >= 0);
