"""A language server for a project's files: completion, definitions, renaming, problems.

It speaks the Language Server Protocol 3.17 over the standard streams, without a library, see
``docs/adr/0021-language-server.md``. It reads texts as they stand in the editor, saved or not.
"""
