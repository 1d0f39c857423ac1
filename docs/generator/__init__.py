"""Pages of docs/reference, made from what the code knows."""
