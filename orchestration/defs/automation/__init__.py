"""What keeps the warehouse current by itself: schedules, sensors, freshness, backfills, and what follows a change.

With the embedded record alone all of it is there, and stopped.
"""
