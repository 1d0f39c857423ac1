"""``ttjroofit convert``: cards and inputs from and to the formats of others."""
