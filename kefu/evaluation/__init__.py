"""How good a model is: test stories, reports on understanding, cross-validation.

May import :mod:`kefu.dialogue`, :mod:`kefu.training` and what is below them.
"""
