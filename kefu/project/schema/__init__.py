"""JSON Schemas of a project's files, made of the tables that its readers check keys with.

A schema refuses only what the reader refuses: what is merely warned of passes, so that an editor
never says no to a file that trains. Names of the project are offered, not demanded.
"""

from kefu.project.schema.kinds import KINDS, file_patterns, schemas
from kefu.project.schema.names import ProjectNames, Registries, names_of

__all__ = ["KINDS", "ProjectNames", "Registries", "file_patterns", "names_of", "schemas"]
