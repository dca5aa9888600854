"""Understanding: from the text of a message to intent, entities and the chosen FAQ answer.

A pipeline is a list of components and a loop. ``training`` builds it from the project's
configuration and data, ``interpreter`` runs it, ``registry`` says what stands behind each
name that may appear in ``config.yml``. May import ``kefu.project`` and ``kefu.core``.
"""
