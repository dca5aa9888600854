"""What a linter says of a project's files besides what is wrong with them, and safe repairs."""
