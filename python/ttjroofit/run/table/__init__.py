"""``ttjroofit table``: results as tables for papers, notes and spreadsheets."""
