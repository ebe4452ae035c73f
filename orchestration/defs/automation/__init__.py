"""What keeps the warehouse current: schedules, sensors, freshness, backfills, and automation conditions.

With the embedded record alone, schedules and sensors exist but are stopped.
"""
