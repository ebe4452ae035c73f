"""What `make bench` runs: ratios between things measured in the same run, printed and written as JSON."""
