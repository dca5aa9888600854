"""WebSockets: what the server does for the channels and screens that keep a line open."""
