"""A second verifier for Sealtrail's formats, written from docs/formats.md alone.

Python 3.9 or newer, standard library only. Each module is one section of that document; none of them
reads a clock, the network or a file (the command line and the vector runner in ../verify.py do).
Evidence that is wrong never raises: a function returns a verdict, a dict with "ok" and, where ok is
False, the "code" that docs/formats.md names for it.
"""
