"""Tables for papers, notes and spreadsheets: results to LaTeX, Markdown and CSV."""
