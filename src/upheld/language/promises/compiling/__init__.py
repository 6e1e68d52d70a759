"""Text to program: files to units, statements to typed promises, and the checks of the whole."""
