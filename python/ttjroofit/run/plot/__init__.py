"""``ttjroofit plot``: figures of results that were written before; nothing is fitted."""
