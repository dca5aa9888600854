"""One file a version; names begin with the number of the version."""
