"""The trainer's inbox: real messages that were not well understood, ready to become examples."""
