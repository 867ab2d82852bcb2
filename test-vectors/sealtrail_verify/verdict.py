"""Verdicts, and the few shape checks that every format shares (docs/formats.md, "Shape").

A checker that meets bad evidence raises Refused; the public functions are wrapped by `verdict`, so that
a caller only ever sees {"ok": True, ...} or {"ok": False, "code": ...}.
"""

import functools
import hashlib
import re

ZERO = bytes(32)
LOWER_HEX = re.compile(r"(?:[0-9a-f]{2})*\Z")
SAFE = 2**53 - 1


class Refused(Exception):
    """Evidence that is not good, with the code it gets."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def verdict(check):
    """Turns a function that raises Refused into one that returns a verdict."""

    @functools.wraps(check)
    def checked(*args, **kwargs):
        try:
            found = check(*args, **kwargs)
        except Refused as refused:
            return {"ok": False, "code": refused.code}
        return {"ok": True, **(found or {})}

    return checked


def refuse_if(condition, code):
    if condition:
        raise Refused(code)


def sha256(*parts):
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def is_integer(value, low=0, high=SAFE):
    """An integer by value: 1.0 and 1e0 are the integer 1; true is not a number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return value == int(value) and low <= value <= high


def is_hex(value, size=None):
    """Lower-case hex of whole bytes; of `size` bytes when given."""
    if not isinstance(value, str) or not LOWER_HEX.match(value):
        return False
    return size is None or len(value) == 2 * size
