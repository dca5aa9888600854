"""Where attachments' bytes are: a folder, an S3-compatible store, or memory."""
