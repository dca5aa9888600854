"""Converts projects of former Rasa versions, in place and with a backup."""
