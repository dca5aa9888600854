"""Where events go that leave the system, and queues that messages may come in by."""
