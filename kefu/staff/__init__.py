"""Who works here: accounts of agents, what they may do, how they sign in, and the audit log.

May import the core and project settings; stores and the server are behind ``ports.py``.
"""
