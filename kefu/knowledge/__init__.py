"""Finding the answer to a question in the project's articles.

May import :mod:`kefu.nlu` and what is below it; the NLU reaches it only through its port
``KnowledgeSource``.
"""
