"""What the stated prior correlations do to the fit: scans, derivatives and bounds from linear algebra."""
