"""Finding values in a message."""
