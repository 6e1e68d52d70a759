"""A program's notices and parties against each other: a supplement and its base, a host and those whose data it holds."""
