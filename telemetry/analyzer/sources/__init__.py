"""Where spans come from: one module per kind of source, all giving the same ``LoadedSpans``."""
