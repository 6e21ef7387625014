"""``liveness demo``: the service seen from outside, as its users run it, from a video to the report."""
