"""Finding the words: variations of a response, their variables, and how a reply looks."""
