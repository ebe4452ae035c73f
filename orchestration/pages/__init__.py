"""HTML pages of a release: the report and the data dictionary, and the page layout that they share."""
