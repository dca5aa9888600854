"""What agents and administrators keep: canned replies, words, labels, codes, hours, drafts."""
