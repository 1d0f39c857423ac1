"""Figures, tables and printed summaries: they take results and never fit."""
