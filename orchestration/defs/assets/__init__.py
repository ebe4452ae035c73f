"""Thin Dagster assets, a module a layer; the thinking is in the modules that they call."""

import warnings

import dagster as dg

# The links from assets to their code are in beta.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
