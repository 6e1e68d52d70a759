"""Steps about files in SQL."""
