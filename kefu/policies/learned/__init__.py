"""The policy that learns: a linear model over the last turns."""
