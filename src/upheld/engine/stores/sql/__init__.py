"""Steps in each engine's SQL: text once per plan, values at run time."""
