"""One chunk inside one open transaction: values, key sets, parts, effects."""
