"""The HTML report: takes one result, gives one page that needs nothing else."""
