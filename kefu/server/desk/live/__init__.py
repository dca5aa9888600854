"""The desk's live line: what happens, told to every agent who may see it, without a gap."""
