"""Checks that SQL tests can't express: rules on the figures, and the registered claims."""
