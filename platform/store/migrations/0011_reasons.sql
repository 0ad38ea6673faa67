-- compatible: the version before goes on working beside this one
-- Why what was said is no belief; null where it was not kept.

ALTER TABLE events ADD COLUMN reason {text}
  CHECK (reason IS NULL OR (kind = 'belief_unparseable' AND reason <> ''));
