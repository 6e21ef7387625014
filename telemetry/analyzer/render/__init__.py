"""A report as text or JSON. Renderers decide how a value looks, never what it is."""
