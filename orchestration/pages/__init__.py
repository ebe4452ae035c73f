"""HTML pages that open from disk: the frame that they share, the report, the data dictionary."""
