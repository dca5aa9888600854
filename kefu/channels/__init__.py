"""Channels: how messages come in and replies go out, one file a channel.

A channel verifies and decodes what arrives, hands it to the door, and encodes what goes out;
it decides nothing. May import ``kefu.core`` and below. It does not know the web framework: the
server serves its routes.
"""
