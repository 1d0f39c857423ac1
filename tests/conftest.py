"""Settings of all tests."""

from __future__ import annotations

import os

# tests run side by side on few cores: threads of the linear algebra only get into each other's way
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

# once ROOT has compiled something with numpy loaded, its linker resolves a symbol of a LAPACK that scipy loads later in
# numpy's 64-bit one: sizes of work arrays are then wrong. The program loads scipy first, tests must do so too.
import scipy.linalg  # noqa: E402, F401
