"""The shop's own connections to the outside: what is not part of the framework.

May import ``kefu.channels`` and ``kefu.core`` only.
"""
