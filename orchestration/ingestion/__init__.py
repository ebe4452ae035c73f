"""Fetches from publishers into the archive, and loads the raw tables and the lake from it."""
