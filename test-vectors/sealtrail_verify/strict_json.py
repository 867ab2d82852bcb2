"""Strict JSON (docs/formats.md, "Strict JSON").

One pass from left to right; the first trouble gives the code. Objects come back as dicts, arrays as
lists, numbers as ints where their value is an integer and as floats else.
"""

import math
import re

from .verdict import SAFE, Refused, verdict

BYTES = 16 * 1024 * 1024
DEPTH = 64
VALUES = 1_000_000

SPACE = re.compile(r"[ \t\n\r]*")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
NOT_FINITE = re.compile(r"-?Infinity|NaN")
PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
SURROGATE = re.compile("[\ud800-\udfff]")
PAIR = re.compile("([\ud800-\udbff])([\udc00-\udfff])")
ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
WORDS = (("true", True), ("false", False), ("null", None))
FOUR_HEX = re.compile(r"[0-9a-fA-F]{4}")


def join_pair(match):
    high, low = ord(match[1]), ord(match[2])
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


class Reader:
    def __init__(self, text, most_values):
        self.text = text
        self.most_values = most_values
        self.at = 0
        self.values = 0

    def space(self):
        # Most tokens have no space before them, and looking is cheaper than matching.
        if self.text[self.at : self.at + 1] <= " ":
            self.at = SPACE.match(self.text, self.at).end()

    def peek(self):
        return self.text[self.at : self.at + 1]

    def value(self, depth):
        self.values += 1
        if self.values > self.most_values:
            raise Refused("too-large")
        char = self.peek()
        if char == "{":
            return self.object(depth + 1)
        if char == "[":
            return self.array(depth + 1)
        if char == '"':
            return self.string()
        if "f" <= char <= "t":
            for word, meaning in WORDS:
                if self.text.startswith(word, self.at):
                    self.at += len(word)
                    return meaning
        return self.number()

    def number(self):
        match = NUMBER.match(self.text, self.at)
        if not match:
            raise Refused("not-finite" if NOT_FINITE.match(self.text, self.at) else "not-json")
        self.at = match.end()
        number = float(match[0])
        if math.isinf(number):
            raise Refused("not-finite")
        if abs(number) > SAFE:
            raise Refused("unsafe-integer")
        return int(number) if number == int(number) else number

    def string(self):
        self.at += 1
        match = PLAIN.match(self.text, self.at)
        end = match.end()
        if self.text[end : end + 1] == '"':
            self.at = end + 1
            return match[0]
        parts, escaped = [], False
        while True:
            match = PLAIN.match(self.text, self.at)
            parts.append(match[0])
            self.at = match.end()
            char = self.peek()
            self.at += 1
            if char == '"':
                break
            if char != "\\":
                raise Refused("not-json")
            parts.append(self.escape())
            escaped = True
        text = "".join(parts)
        if escaped:
            text = PAIR.sub(join_pair, text)
            if SURROGATE.search(text):
                raise Refused("lone-surrogate")
        return text

    def escape(self):
        char = self.peek()
        self.at += 1
        if char in ESCAPES and char:
            return ESCAPES[char]
        match = FOUR_HEX.match(self.text, self.at) if char == "u" else None
        if not match:
            raise Refused("not-json")
        self.at = match.end()
        return chr(int(match[0], 16))

    def enter(self, depth):
        if depth > DEPTH:
            raise Refused("too-deep")
        self.at += 1
        self.space()

    def more(self, closing):
        """After a member: True when a comma promises another, False at the closing bracket."""
        self.space()
        char = self.peek()
        self.at += 1
        if char == ",":
            self.space()
            return True
        if char != closing:
            raise Refused("not-json")
        return False

    def array(self, depth):
        self.enter(depth)
        found = []
        if self.peek() == "]":
            self.at += 1
            return found
        while True:
            found.append(self.value(depth))
            if not self.more("]"):
                return found

    def object(self, depth):
        self.enter(depth)
        found = {}
        if self.peek() == "}":
            self.at += 1
            return found
        while True:
            if self.peek() != '"':
                raise Refused("not-json")
            key = self.string()
            if key in found:
                raise Refused("duplicate-key")
            self.space()
            if self.peek() != ":":
                raise Refused("not-json")
            self.at += 1
            self.space()
            found[key] = self.value(depth)
            if not self.more("}"):
                return found


def parse(octets, limit_bytes=BYTES, limit_values=VALUES):
    """The value that the bytes spell; raises Refused."""
    if len(octets) > limit_bytes:
        raise Refused("too-large")
    if octets.startswith(b"\xef\xbb\xbf"):
        raise Refused("byte-order-mark")
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("invalid-utf8") from None
    reader = Reader(text, limit_values)
    reader.space()
    value = reader.value(0)
    reader.space()
    if reader.at != len(text):
        raise Refused("trailing-bytes")
    return value


@verdict
def check(octets, limit_bytes=BYTES):
    return {"value": parse(octets, limit_bytes)}
