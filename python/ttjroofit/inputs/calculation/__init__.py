"""Readers of calculations: POWHEG histograms, JSON of an NNLO code, CSV tables; made into predictions."""
