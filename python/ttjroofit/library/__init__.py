"""The public Python API: what ``import ttjroofit`` offers, each function a thin layer over the other rooms."""
