"""Entrepot: Hong Kong's external merchandise trade and gold, from published figures to proved releases."""

import warnings

# pandera imports PySpark's pandas wherever that is installed, and PySpark warns of it; nothing here uses it.
warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
