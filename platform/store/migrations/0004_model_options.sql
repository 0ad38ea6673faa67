-- How the language models of a run are asked (address, limits, budgets), so that it goes on in the same way; NULL: as nobody said.

ALTER TABLE experiments ADD COLUMN model_options {json model_options};
