"""The lake: tables too large for raw tables of text, as one Parquet file per month and dataset, with every vintage.

A file is written once, under a name that is a hash of its inputs, and never changed. A table's manifest lists which
files are current and since when; it is replaced by one atomic write, so a reader sees the old partition or the new one.
The archive keeps the payloads that the files were made from, so a lost lake is made again from the archive.
"""
