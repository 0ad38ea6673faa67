-- What was said on the wire, one row a chat, without any key; append-only.

CREATE TABLE exchanges (
  number INTEGER PRIMARY KEY,
  run TEXT NOT NULL REFERENCES experiments (id),
  episode INTEGER NOT NULL CHECK (episode >= 0),    -- the plan's index
  sequence INTEGER NOT NULL CHECK (sequence >= 0),  -- of the request in the episode's log
  trial INTEGER NOT NULL CHECK (trial >= 0),
  recorded_at INTEGER NOT NULL,                     -- seconds since 1970
  provider TEXT NOT NULL,
  base_url TEXT NOT NULL,
  model TEXT NOT NULL,
  model_version TEXT NOT NULL,
  cache_key TEXT NOT NULL CHECK (length(cache_key) = 64),
  request TEXT NOT NULL,
  status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 999),
  headers TEXT NOT NULL CHECK (json_valid(headers)),
  response TEXT NOT NULL,
  response_cut INTEGER NOT NULL CHECK (response_cut IN (0, 1)),
  stream INTEGER NOT NULL CHECK (stream IN (0, 1)),
  cached INTEGER NOT NULL CHECK (cached IN (0, 1)),
  failure TEXT,
  failure_message TEXT NOT NULL,
  input_tokens INTEGER CHECK (input_tokens >= 0),
  cached_input_tokens INTEGER CHECK (cached_input_tokens >= 0),
  output_tokens INTEGER CHECK (output_tokens >= 0),
  reasoning_tokens INTEGER CHECK (reasoning_tokens >= 0),
  cost_usd REAL CHECK (cost_usd >= 0),
  seconds REAL NOT NULL CHECK (seconds >= 0),
  attempts TEXT NOT NULL CHECK (json_valid(attempts))
) STRICT;

CREATE INDEX exchanges_by_call ON exchanges (run, episode, sequence);
-- What a cache may give back: a whole reply that no failure ended.
CREATE INDEX exchanges_by_key ON exchanges (cache_key, recorded_at)
  WHERE failure IS NULL AND response_cut = 0;

CREATE TRIGGER exchanges_keep BEFORE UPDATE ON exchanges
BEGIN SELECT raise(ABORT, 'exchanges: append-only'); END;

CREATE TRIGGER exchanges_stay BEFORE DELETE ON exchanges
BEGIN SELECT raise(ABORT, 'exchanges: append-only'); END;
