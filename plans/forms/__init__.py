"""What people write into the pages, cleaned. What it means is decided in the rooms below."""
