"""The shop over HTTP: a table of routes, from which both the server and OpenAPI are made."""
