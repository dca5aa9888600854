"""Files that customers and agents send: what they are, where they are kept, who may fetch them.

A file's type is told by its bytes, its name is random, and it is fetched by links that are signed
and expire. Nothing here knows a disk: :mod:`kefu.storage.files` does.
"""

from kefu.channels.attachments.settings import AttachmentSettings
from kefu.channels.attachments.store import AttachmentStore

__all__ = ["AttachmentSettings", "AttachmentStore"]
