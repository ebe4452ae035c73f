"""From an article to proposed claims. Pure: bytes and names in, rows and reasons out; nothing of a page is run."""
