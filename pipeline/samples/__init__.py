"""Sample videos made on the spot: a portrait photograph given depth, and the same photograph kept flat.

Nobody's recording is needed: a head-shaped surface carries the photograph, so that turning it shows what turning a
real head shows, and a sheet carries the same photograph for the attacks. See docs/samples.md.
"""
