"""Somebody's numbers about the trade, held against the record. No Dagster in here.

What a claim says:      units, printed, quantities, metrics -> claim; whole files: reading, register
What the record holds:  record (in memory) -> levels -> figures (growth, shares, changes); members; late_corrections
What comes of the two:  judge -> verdicts; history (records, ranks, streaks, with spans); elsewhere (earlier vintages)
What went wrong:        relabellings (guesses) -> diagnosis (which of them explains the digits)
What people get:        wording, table (rows), output (forms), check (a file at a time)
"""
