"""The lake: tables too large for raw tables of text, as Parquet files of a month each, with every vintage kept.

A file is written once, under a name that says what it was made of, and never changed. A table's manifest says which
files are current and since when; it changes by one atomic write, so a reader sees the old partition or the new one.
The archive holds the bytes that files were made from: a lake that was lost is made again.
"""
