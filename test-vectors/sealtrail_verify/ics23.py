"""ICS23 CommitmentProof (docs/formats.md, section 3; good for well-formed trees only, section 1)."""

from . import tree
from .verdict import ZERO, refuse_if, sha256, verdict

# Field number -> (name, "bytes" | "varint" | a message, "other" where nobody looks inside); "path" repeats.
LEAF = {1: ("hash", "varint"), 2: ("prehash_key", "varint"), 3: ("prehash_value", "varint")}
LEAF.update({4: ("length", "varint"), 5: ("prefix", "bytes")})
INNER = {1: ("hash", "varint"), 2: ("prefix", "bytes"), 3: ("suffix", "bytes")}
EXIST = {1: ("key", "bytes"), 2: ("value", "bytes"), 3: ("leaf", LEAF), 4: ("path", INNER)}
NONEXIST = {1: ("key", "bytes"), 2: ("left", EXIST), 3: ("right", EXIST)}
PROOF = {1: ("exist", EXIST), 2: ("nonexist", NONEXIST), 3: ("batch", "other"), 4: ("compressed", "other")}
OUR_LEAF = {"hash": 1, "prehash_key": 1, "prehash_value": 1, "prefix": b"\x00"}


def varint(octets, at):
    value = shift = 0
    while True:
        refuse_if(at >= len(octets) or shift > 63, "bad-encoding")
        byte = octets[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            refuse_if((byte == 0 and shift > 0) or value >= 2**64, "bad-encoding")
            return value, at
        shift += 7


def message(octets, fields):
    """One message in its one encoding; absent members are absent from the dict."""
    found, at, last = {}, 0, 0
    while at < len(octets):
        tag, at = varint(octets, at)
        number, wire = tag >> 3, tag & 7
        refuse_if(number not in fields, "bad-encoding")
        name, kind = fields[number]
        refuse_if(wire != (0 if kind == "varint" else 2), "bad-encoding")
        refuse_if(number < last or (number == last and name != "path"), "bad-encoding")
        last = number
        size, at = varint(octets, at)
        if kind == "varint":
            refuse_if(size == 0, "bad-encoding")
            found[name] = size
            continue
        body = octets[at : at + size]
        refuse_if(len(body) != size, "bad-encoding")
        at += size
        if kind in ("bytes", "other"):
            refuse_if(size == 0 and kind == "bytes", "bad-encoding")
            found[name] = body
        elif name == "path":
            found.setdefault(name, []).append(message(body, kind))
        else:
            found[name] = message(body, kind)
    return found


def steps(exist):
    """The path of an existence proof, from the root down: (True if we are the right child, the sibling)."""
    path = exist.get("path", [])
    refuse_if(exist.get("leaf") != OUR_LEAF or len(path) > 256, "wrong-spec")
    refuse_if(not 1 <= len(exist.get("key", b"")) <= 1024, "wrong-spec")
    refuse_if(not 1 <= len(exist.get("value", b"")) <= 65_536, "wrong-spec")
    found = []
    for op in reversed(path):
        prefix, suffix = op.get("prefix", b""), op.get("suffix", b"")
        refuse_if(op.get("hash") != 1 or prefix[:1] != b"\x01", "wrong-spec")
        refuse_if((len(prefix), len(suffix)) not in ((1, 32), (33, 0)), "wrong-spec")
        found.append((True, prefix[1:]) if len(prefix) == 33 else (False, suffix))
    return found


def check_exist(exist, root):
    path = steps(exist)
    node = tree.leaf_hash(tree.path_of(exist["key"]), sha256(exist["value"]))
    for right, sibling in reversed(path):
        node = tree.inner_hash(sibling, node) if right else tree.inner_hash(node, sibling)
    refuse_if(node != root, "root-mismatch")
    return path


def outermost(path, is_right):
    """Whether nothing stands beyond the end of the path on that side."""
    return all(right == is_right or sibling == ZERO for right, sibling in path)


def next_to(left, right):
    level = 0
    while level < min(len(left), len(right)) and left[level] == right[level]:
        level += 1
    if level == min(len(left), len(right)):
        return False
    splits = left[level][0] is False and right[level][0] is True
    return splits and outermost(left[level + 1 :], True) and outermost(right[level + 1 :], False)


def check_nonexist(proof, root, key):
    path = tree.path_of(key)
    refuse_if(proof.get("key") != path, "key-differs")
    refuse_if("left" not in proof and "right" not in proof, "not-neighbours")
    sides = {name: check_exist(proof[name], root) for name in ("left", "right") if name in proof}
    left = tree.path_of(proof["left"]["key"]) if "left" in sides else None
    right = tree.path_of(proof["right"]["key"]) if "right" in sides else None
    refuse_if((left and left >= path) or (right and path >= right), "not-neighbours")
    if left and right:
        good = next_to(sides["left"], sides["right"])
    else:
        good = outermost(sides["left"], True) if left else outermost(sides["right"], False)
    refuse_if(not good, "not-neighbours")


@verdict
def verify(octets, root, key, value=None):
    proof = message(octets, PROOF)
    refuse_if(len(proof) > 1, "bad-encoding")
    refuse_if("exist" not in proof and "nonexist" not in proof, "unsupported")
    if "nonexist" in proof:
        refuse_if(value is not None, "wrong-type")
        check_nonexist(proof["nonexist"], root, key)
        return {"type": "exclusion"}
    exist = proof["exist"]
    refuse_if(value is None, "value-required")
    refuse_if(exist.get("key") != key, "key-differs")
    refuse_if(exist.get("value") != value, "value-differs")
    check_exist(exist, root)
    return {"type": "inclusion"}
