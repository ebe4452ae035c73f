"""What the web servers on this machine have in common: their ports, and which requests they answer.

Superset imports `same_origin` in a virtual environment of its own, so that module needs the standard library only.
"""
