"""Working copies: rows shaped for a person, encrypted, and read back as an answer."""
