"""Text for the terminal: tables, progress, results, plans."""
