"""The combination as immutable numpy data: correlations and their repair, elimination, shapes, likelihood."""
