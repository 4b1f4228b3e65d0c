"""The complaint: rules of the trade, without any I/O.

`case.py` says what a case is, `events.py` what can happen to it, `lifecycle.py` what follows from that,
`policy.py` which duties apply, `clocks.py` how they stand, and `calendars.py`, `business.py` and
`counting.py` how time is counted.
"""
