"""The zone in which the Hong Kong dollar is kept."""

from decimal import Decimal

# HKMA's convertibility zone since 18 May 2005: strong and weak side, HKD per USD.
BAND = (Decimal("7.75"), Decimal("7.85"))
