"""What commands show people: tables, progress, plans."""
