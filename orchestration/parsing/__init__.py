"""Parses bytes from outside in a child process, so that whatever they do to a parser, only they are rejected."""
