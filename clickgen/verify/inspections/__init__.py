"""Is a place as it was promised? Layout, shape, catalogue, metrics, totals."""
