"""Work as a folder of jobs for a batch system: written, submitted, watched, submitted again, collected."""
