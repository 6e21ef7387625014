"""Made-up sessions, the same for the same seed, as traces or as a log: to see the analyzer at work, and to test it."""
