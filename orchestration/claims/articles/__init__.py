"""From an article to proposed claims. Pure functions from bytes and names to rows; nothing in a page is executed."""
