"""``ttjroofit export``: results in the formats of others."""
