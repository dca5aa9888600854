"""Reads and checks a project folder: every problem with its file, line and column.

One file a kind of YAML file. May import :mod:`kefu.core` and what is below it.
"""
