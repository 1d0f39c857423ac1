"""``ttjroofit matrix``: one method for all combinations of cards, options and statements."""
