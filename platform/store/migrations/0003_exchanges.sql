-- What was said on the wire, one row a chat, without any key; append-only.

CREATE TABLE exchanges (
  number {key},
  run {text} NOT NULL REFERENCES experiments (id),
  episode {integer} NOT NULL CHECK (episode >= 0),    -- the plan's index
  sequence {integer} NOT NULL CHECK (sequence >= 0),  -- of the request in the episode's log
  trial {integer} NOT NULL CHECK (trial >= 0),
  recorded_at {integer} NOT NULL,                     -- seconds since 1970
  provider {text} NOT NULL,
  base_url {text} NOT NULL,
  model {text} NOT NULL,
  model_version {text} NOT NULL,
  cache_key {text} NOT NULL CHECK (length(cache_key) = 64),
  request {text} NOT NULL,
  status {integer} NOT NULL CHECK (status BETWEEN 0 AND 999),
  headers {json headers} NOT NULL,
  response {text} NOT NULL,
  response_cut {integer} NOT NULL CHECK (response_cut IN (0, 1)),
  stream {integer} NOT NULL CHECK (stream IN (0, 1)),
  cached {integer} NOT NULL CHECK (cached IN (0, 1)),
  failure {text},
  failure_message {text} NOT NULL,
  input_tokens {integer} CHECK (input_tokens >= 0),
  cached_input_tokens {integer} CHECK (cached_input_tokens >= 0),
  output_tokens {integer} CHECK (output_tokens >= 0),
  reasoning_tokens {integer} CHECK (reasoning_tokens >= 0),
  cost_usd {real} CHECK (cost_usd >= 0),
  seconds {real} NOT NULL CHECK (seconds >= 0),
  attempts {json attempts} NOT NULL
) {strict};

CREATE INDEX exchanges_by_call ON exchanges (run, episode, sequence);
-- What a cache may give back: a whole reply that no failure ended.
CREATE INDEX exchanges_by_key ON exchanges (cache_key, recorded_at)
  WHERE failure IS NULL AND response_cut = 0;

--only sqlite
CREATE TRIGGER exchanges_keep BEFORE UPDATE ON exchanges
BEGIN SELECT raise(ABORT, 'exchanges: append-only'); END;

CREATE TRIGGER exchanges_stay BEFORE DELETE ON exchanges
BEGIN SELECT raise(ABORT, 'exchanges: append-only'); END;
--only postgresql
CREATE TRIGGER exchanges_keep BEFORE UPDATE OR DELETE ON exchanges
  FOR EACH ROW EXECUTE FUNCTION refuse('append-only');
CREATE TRIGGER exchanges_stay BEFORE TRUNCATE ON exchanges
  FOR EACH STATEMENT EXECUTE FUNCTION refuse('append-only');
--both
