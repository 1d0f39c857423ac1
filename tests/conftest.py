"""Settings of all tests."""

from __future__ import annotations

import os

# tests run side by side on few cores: threads of the linear algebra only get into each other's way
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
