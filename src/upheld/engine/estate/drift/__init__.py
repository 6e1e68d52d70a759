"""What changed since the schema was frozen, and what in a store works against its promises: values to findings, no database."""
