"""Turning texts into numbers."""
