"""What only MariaDB and MySQL ask of an estate: columns that hold an identifier's key, storage that keeps transactions, one collation a link."""
