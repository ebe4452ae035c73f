"""Checks that SQL tests can't express: rules on published figures, comparisons of sources, and row counts."""
