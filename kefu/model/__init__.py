"""The trained model: its archive, what the archive says of itself, and safe loading.

May import :mod:`kefu.nlu`, :mod:`kefu.policies` and what is below them.
"""
