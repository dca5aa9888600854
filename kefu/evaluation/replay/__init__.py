"""Past conversations on a candidate model: where it would have answered otherwise."""
