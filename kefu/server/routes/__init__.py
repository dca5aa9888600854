"""The HTTP API: tables of address, function and permission, by subject."""
