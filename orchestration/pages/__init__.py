"""HTML pages of a release: the report and the data dictionary, and the page layout that they share.

This module imports nothing: every command needs the names of the files, and only some need the pages.
"""

REPORT_FILE = "report.html"
DICTIONARY_FILE = "data-dictionary.html"
