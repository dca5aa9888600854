"""What agents and administrators keep: canned replies, sensitive words, labels, hours, drafts."""
