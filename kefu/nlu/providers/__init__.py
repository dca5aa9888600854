"""Models trained elsewhere that components read."""
