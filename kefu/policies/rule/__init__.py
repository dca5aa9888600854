"""Rules: how they are written down, matched, learned and checked for contradictions."""
