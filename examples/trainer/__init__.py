"""A bot trainer at work on a running server: edits, makes a mistake, rolls back; with timings."""
