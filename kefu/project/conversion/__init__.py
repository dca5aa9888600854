"""Converts training data from one format to another, and divides it."""
