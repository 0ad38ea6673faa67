-- compatible: the version before goes on working beside this one
-- What language models may still cost a run, whoever plays which part of it: who asks one reserves the most that the request may
-- come to, and who records the exchange takes the reservation away.

CREATE TABLE model_spending (
  run {text} PRIMARY KEY REFERENCES experiments (id),
  -- Of the exchanges on record.
  calls {integer} NOT NULL DEFAULT 0 CHECK (calls >= 0),
  input_tokens {integer} NOT NULL DEFAULT 0 CHECK (input_tokens >= 0),
  output_tokens {integer} NOT NULL DEFAULT 0 CHECK (output_tokens >= 0),
  cost_usd {real} NOT NULL DEFAULT 0 CHECK (cost_usd >= 0)
) {strict};

CREATE TABLE model_reservations (
  holder {text} NOT NULL,  -- who asks; chance, so that none is like another
  call {integer} NOT NULL, -- of the holder
  run {text} NOT NULL REFERENCES model_spending (run),
  -- Of the call's requests that have ended.
  calls {integer} NOT NULL CHECK (calls >= 0),
  input_tokens {integer} NOT NULL CHECK (input_tokens >= 0),
  output_tokens {integer} NOT NULL CHECK (output_tokens >= 0),
  cost_usd {real} NOT NULL CHECK (cost_usd >= 0),
  -- The most that the one under way may come to.
  worst_calls {integer} NOT NULL CHECK (worst_calls >= 0),
  worst_input_tokens {integer} NOT NULL CHECK (worst_input_tokens >= 0),
  worst_output_tokens {integer} NOT NULL CHECK (worst_output_tokens >= 0),
  worst_cost_usd {real} NOT NULL CHECK (worst_cost_usd >= 0),
  renewed_at {integer} NOT NULL,  -- seconds since 1970
  -- One that was not renewed for so long counts as spent.
  lease_seconds {integer} NOT NULL CHECK (lease_seconds > 0),
  PRIMARY KEY (holder, call)
) {clustered};

CREATE INDEX model_reservations_of_run ON model_reservations (run);
