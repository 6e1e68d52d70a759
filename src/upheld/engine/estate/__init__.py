"""Where personal data lies, and whose it is: files to Estate, Estate checked against the live schema."""
