"""May this flow happen? One decision for a person, one predicate for everybody, and the sentence that decides."""
