"""The language of a conversation: messages, events, slots, domain, tracker.

May import :mod:`kefu.errors`, :mod:`kefu.clock` and :mod:`kefu.logs` only. No I/O.
"""
