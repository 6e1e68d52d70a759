"""One store's map becomes steps: who is reached, what becomes of each part, in which order."""
