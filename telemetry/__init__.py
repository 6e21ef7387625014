"""Spans out (stages, timing points, exporters) and spans back in (the analyzer)."""
