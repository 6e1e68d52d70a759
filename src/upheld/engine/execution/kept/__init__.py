"""What an erasure left on a ground: which rows by key, whose they were, reading them back."""
