"""Running split work: here, on local processes or on a Dask cluster, resumable and with the same results."""
