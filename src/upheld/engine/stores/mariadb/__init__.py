"""MariaDB and MySQL, connected: the session, its literals, its faults, and the live schema as a catalogue."""
