"""Where personal data lies, and whose it is: files become an Estate, an Estate is checked against the live schema."""
