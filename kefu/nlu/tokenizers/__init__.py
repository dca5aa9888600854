"""Splitting a text into words."""
