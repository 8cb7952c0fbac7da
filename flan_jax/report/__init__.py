"""HTML pages about data."""
