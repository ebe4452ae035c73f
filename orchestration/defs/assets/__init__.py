"""Dagster assets, a module per layer. They are thin: the work is in the packages that they call."""

import warnings

import dagster as dg

# The links from assets to their code are in beta.
warnings.filterwarnings("ignore", category=dg.BetaWarning)

OWNER = "team:data"
