"""Judge numbers that somebody printed about the trade by the record of published figures. No Dagster in here.

The domain:          measures (its arithmetic), quantities, metrics, units
Claims:              claim (one row), reading (files), register (the registered ones)
The record:          record (in memory), levels, figures (growth, shares, changes), members, late_corrections
The verdict:         judge (one claim or a batch), history (records, ranks, streaks, with record_spans), other_figures
Wrong labels:        relabellings (guesses), diagnosis (which of them explains the digits)
Output:              wording (sentences), table (rows), output (formats)
Articles:            articles finds the claims that an article makes
"""
