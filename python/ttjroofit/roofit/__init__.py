"""Workspaces and minimisation: the only room that imports ROOT. Its formulas are stated in ``ttjroofit.model``."""
