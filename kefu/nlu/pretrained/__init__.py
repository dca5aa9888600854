"""Featurizers whose numbers come from models trained elsewhere."""
