"""From a project to a trained model, in steps that are repeated only when what they read changed.

May import :mod:`kefu.model` and what is below it.
"""
