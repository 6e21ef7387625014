"""The liveness decision: video file in, verdict and evidence out."""
