"""Choosing the answer to a retrieval intent."""
