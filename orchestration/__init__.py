"""Entrepot: Hong Kong's external merchandise trade and gold, from published figures to proved releases."""
