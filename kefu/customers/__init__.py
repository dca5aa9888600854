"""Who is talking: identities on every channel, one customer, one conversation.

Decisions only; :mod:`kefu.customers.ports` says what they need from the outside.
"""
