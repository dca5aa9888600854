"""The demonstration data: written by hand in catalogue.json, and generated beside it."""
