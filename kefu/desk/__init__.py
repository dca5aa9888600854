"""Which agent gets which customer, and when: routing, business hours, expected waits.

Decisions only: no network, no database, no clock of its own. May import the core and the
project's settings.
"""
