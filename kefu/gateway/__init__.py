"""The door that every message passes: receive, turn, commit, deliver."""
