"""What is fast, against its slow twin, as ratios of one run; and how cost grows with size: ``python -m benchmarks``."""
