"""Inclusion and exclusion proofs, as JSON and as bytes (docs/formats.md, section 3)."""

from . import tree
from .record import check_record, record_value
from .verdict import LOWER_HEX, ZERO, document, hex_bytes, integer, members, refuse_if, sha256, verdict

KEY, VALUE = (1, 1024), (1, 65_536)
MUST = ("type", "root", "key", "depth", "bitmap", "siblings")
MAY = ("value", "terminal", "record", "context")
TYPES = {1: "inclusion", 2: "exclusion", 3: "exclusion"}


def parse(proof, match_record=True):
    """Checks 1 to 6 of section 3. Returns the parts as bytes."""
    document(proof, "smt-proof/1", MUST, MAY)
    kind = proof["type"]
    refuse_if(kind not in ("inclusion", "exclusion"), "bad-type")
    inclusion = kind == "inclusion"
    refuse_if(any(name in proof for name in (("terminal",) if inclusion else ("value", "record"))), "misplaced-field")
    refuse_if(("value" if inclusion else "terminal") not in proof, "missing-field")

    parts = {"type": kind, "root": hex_bytes(proof["root"]), "key": hex_bytes(proof["key"], *KEY)}
    if inclusion:
        parts["value"] = hex_bytes(proof["value"], *VALUE)
    else:
        parts["terminal"] = terminal(proof["terminal"])
    depth = integer(proof["depth"], 0, 256, "bad-depth")
    bitmap = hex_bytes(proof["bitmap"], (depth + 7) // 8)
    listed = proof["siblings"]
    refuse_if(not isinstance(listed, list), "bad-field")
    refuse_if(len(listed) > 256, "sibling-count")
    shown = [hex_bytes(sibling) for sibling in listed]
    if "record" in proof:
        check_record(proof["record"])
    if "context" in proof:
        check_context(proof["context"])

    padding_bits(bitmap, depth)
    refuse_if(len(shown) != count_bits(bitmap), "sibling-count")
    parts["siblings"] = placed(shown, bitmap, depth)
    check_terminal(parts)
    if "record" in proof and match_record:
        refuse_if(not record_matches(proof), "record-mismatch")
    return parts


def record_matches(proof):
    return record_value(proof["record"]).hex() == proof["value"]


def terminal(value):
    if value is None:
        return None
    members(value, ("path", "valueHash"))
    return hex_bytes(value["path"]), hex_bytes(value["valueHash"])


def check_context(context):
    members(context, (), ("tree", "version", "leafCount"))
    tree_id = context.get("tree", "0" * 32)
    refuse_if(not isinstance(tree_id, str) or len(tree_id) != 32 or not LOWER_HEX.match(tree_id), "bad-field")
    integer(context.get("version", 0))
    integer(context.get("leafCount", 0))


def count_bits(bitmap):
    return bin(int.from_bytes(bitmap, "big")).count("1")


def padding_bits(bitmap, depth):
    spare = 8 * len(bitmap) - depth
    refuse_if(int.from_bytes(bitmap, "big") & ((1 << spare) - 1), "padding-bits")


def placed(shown, bitmap, depth):
    """One sibling a level, from the root down: zero where the bitmap says empty."""
    refuse_if(any(sibling == ZERO for sibling in shown), "zero-sibling")
    rest = iter(shown)
    siblings = [next(rest) if bitmap[level >> 3] >> (7 - (level & 7)) & 1 else ZERO for level in range(depth)]
    refuse_if(depth > 0 and siblings[-1] == ZERO, "not-collapsed")
    return siblings


def check_terminal(parts):
    if parts.get("terminal") is None:
        return
    path, own = parts["terminal"][0], tree.path_of(parts["key"])
    refuse_if(path == own, "terminal-is-key")
    refuse_if(not tree.shares_prefix(path, own, len(parts["siblings"])), "terminal-prefix")


def check_root(parts, root):
    path = tree.path_of(parts["key"])
    if parts["type"] == "inclusion":
        end = tree.leaf_hash(path, sha256(parts["value"]))
    else:
        end = ZERO if parts["terminal"] is None else tree.leaf_hash(*parts["terminal"])
    refuse_if(tree.fold(end, path, parts["siblings"]) != root, "root-mismatch")


@verdict
def verify(proof, root, key, value=None):
    """A JSON proof (parsed by strict_json) against the caller's root, key and value."""
    parts = parse(proof)
    refuse_if(parts["root"] != root, "root-differs")
    refuse_if(parts["key"] != key, "key-differs")
    inclusion = parts["type"] == "inclusion"
    refuse_if(inclusion and value is None, "value-required")
    refuse_if(not inclusion and value is not None, "wrong-type")
    refuse_if(inclusion and parts["value"] != value, "value-differs")
    check_root(parts, root)
    return {"type": parts["type"]}


class Bytes:
    """Reads a byte string part by part."""

    def __init__(self, octets):
        self.octets, self.at = octets, 0

    def take(self, size):
        part = self.octets[self.at : self.at + size]
        refuse_if(len(part) != size, "truncated")
        self.at += size
        return part


def decode(octets, key, value=None):
    """The parts of a binary proof."""
    reader = Bytes(octets)
    code = reader.take(1)[0]
    refuse_if(code not in TYPES, "bad-type")
    refuse_if(code == 1 and value is None, "value-required")
    refuse_if(code != 1 and value is not None, "wrong-type")
    depth = int.from_bytes(reader.take(2), "big")
    refuse_if(depth > 256, "bad-depth")
    parts = {"type": TYPES[code], "key": key}
    if code == 1:
        parts["value"] = value
    else:
        parts["terminal"] = (reader.take(32), reader.take(32)) if code == 3 else None
    bitmap = reader.take((depth + 7) // 8)
    padding_bits(bitmap, depth)
    shown = [reader.take(32) for _ in range(count_bits(bitmap))]
    refuse_if(reader.at != len(octets), "trailing-bytes")
    parts["siblings"] = placed(shown, bitmap, depth)
    check_terminal(parts)
    return parts


def to_json(parts, root):
    """The JSON form of a decoded proof."""
    siblings = parts["siblings"]
    bits = "".join("0" if sibling == ZERO else "1" for sibling in siblings)
    size = (len(bits) + 7) // 8
    found = {"format": "smt-proof/1", "type": parts["type"], "root": root.hex(), "key": parts["key"].hex()}
    if parts["type"] == "inclusion":
        found["value"] = parts["value"].hex()
    else:
        end = parts["terminal"]
        found["terminal"] = end and {"path": end[0].hex(), "valueHash": end[1].hex()}
    found["depth"] = len(siblings)
    found["bitmap"] = int(bits.ljust(8 * size, "0") or "0", 2).to_bytes(size, "big").hex()
    found["siblings"] = [sibling.hex() for sibling in siblings if sibling != ZERO]
    return found


def encode(parts):
    """The binary form; of a proof that `parse` or `decode` took."""
    found = to_json(parts, ZERO)
    end = parts.get("terminal")
    kind = 1 if parts["type"] == "inclusion" else 3 if end else 2
    octets = bytes([kind]) + found["depth"].to_bytes(2, "big") + b"".join(end or ())
    return octets + bytes.fromhex(found["bitmap"] + "".join(found["siblings"]))


@verdict
def verify_binary(octets, root, key, value=None):
    parts = decode(octets, key, value)
    check_root(parts, root)
    return {"type": parts["type"], "proof": to_json(parts, root)}
