"""A handoff from the bot to two agents and back, played in real browsers: `make demo-handoff`."""
