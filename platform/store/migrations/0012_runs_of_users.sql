-- compatible: the version before goes on working beside this one
-- A user's runs are found by the user.

CREATE INDEX run_owners_by_user ON run_owners (user_id, run);
CREATE INDEX run_shares_by_user ON run_shares (user_id, run);
