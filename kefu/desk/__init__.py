"""The human side: queue, routing, assignment, presence, handoff, reviews."""
