"""From a publisher into the archive, the raw tables and the lake."""
