"""The command line and the output folder."""
