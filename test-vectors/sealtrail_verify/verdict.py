"""Verdicts, and the shape checks that every format shares (docs/formats.md, "Verdicts" and "Shape").

A checker that meets bad evidence raises Refused; public functions are wrapped by `verdict`, so that a
caller only ever sees {"ok": True, ...} or {"ok": False, "code": ...}.
"""

import functools
import hashlib
import re

ZERO = bytes(32)
SAFE = 2**53 - 1
LOWER_HEX = re.compile(r"[0-9a-f]*\Z")


class Refused(Exception):
    """Evidence that is not good, with the code it gets."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def refuse_if(condition, code):
    if condition:
        raise Refused(code)


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


def sha256(*parts):
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def is_integer(value, low=0, high=SAFE):
    """An integer by value; true and false are no numbers. (strict_json gives ints for all integers.)"""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def members(value, must, may=(), otherwise="bad-field"):
    """A closed object: `otherwise` if it is none, then unknown and missing members."""
    refuse_if(not isinstance(value, dict), otherwise)
    refuse_if(any(name not in must and name not in may for name in value), "unknown-field")
    refuse_if(any(name not in value for name in must), "missing-field")
    return value


def document(value, name, must, may=()):
    """A closed object with a `format` of its own."""
    members(value, ("format", *must), may, "not-an-object")
    refuse_if(value["format"] != name, "wrong-format")
    return value


def hex_bytes(value, least=32, most=None, otherwise="bad-field"):
    """The bytes of a hex member of `least` to `most` bytes (`least` alone: exactly so many)."""
    most = least if most is None else most
    refuse_if(not isinstance(value, str), otherwise)
    refuse_if(not LOWER_HEX.match(value), "bad-hex")
    refuse_if(len(value) % 2 or not 2 * least <= len(value) <= 2 * most, "wrong-length")
    return bytes.fromhex(value)


def integer(value, low=0, high=SAFE, code="bad-field"):
    refuse_if(not is_integer(value, low, high), code)
    return value


def text(value):
    refuse_if(not isinstance(value, str), "bad-field")
    return value
