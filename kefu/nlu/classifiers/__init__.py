"""Deciding what a message is about."""
