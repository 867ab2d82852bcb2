"""Anchors: signatures, fingerprints, statements and the network's own proof (docs/formats.md, section 5)."""

import hashlib
import re

from . import jcs, secp256k1
from .checkpoint import hash_of
from .verdict import LOWER_HEX, SAFE, integer, members, refuse_if, sha256, verdict

ALGORITHM = "SECP256K1_RFC8785_V1"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
ISO = re.compile(
    r"[0-9]{4}-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]{1,9})?(Z|[+-]([0-9]{2}):([0-9]{2}))\Z"
)
DOCUMENT_ID = re.compile(
    r"smt:([0-9a-f]{32}):([1-9][0-9]{0,15})-([1-9][0-9]{0,15}):([1-9][0-9]{0,15}):([0-9a-f]{64})\Z"
)
CONTENT = ("orgId", "tenantId", "eventId", "documentId", "documentRef", "timestamp", "version")
PREFIX = {"Leaf": b"\x00", "Branch": b"\x01", "Extension": b"\x02"}
DIGITS = tuple("0123456789abcdef")
MOST_NODES = 65


def digits(value, least=64, most=None):
    """Hex digits, not bytes: in an anchor whatever is wrong with them is bad-hex."""
    good = isinstance(value, str) and LOWER_HEX.match(value) and least <= len(value) <= (most or least)
    refuse_if(not good, "bad-hex")
    return value


def outer(value, must, may=()):
    return members(value, must, may, "not-an-object")


def fingerprint_hash(content):
    """None where the content has no canonical form, which strict JSON never lets through."""
    try:
        return sha256(jcs.octets(content)).hex()
    except ValueError:
        return None


# One signature


def check_entry(entry):
    """The shape of one entry of a proofs array."""
    outer(entry, ("id", "signature", "algorithm"))
    refuse_if(entry["algorithm"] != ALGORITHM, "unknown-algorithm")
    signer = entry["id"]
    refuse_if(not isinstance(signer, str) or len(signer) != 128 or not LOWER_HEX.match(signer), "bad-signer-id")
    refuse_if(not isinstance(entry["signature"], str), "bad-der")


def check_signature(content, entry):
    check_entry(entry)
    spelled = entry["signature"]
    refuse_if(len(spelled) % 2 or not LOWER_HEX.match(spelled), "bad-der")
    r, s = secp256k1.signature(bytes.fromhex(spelled))
    fingerprint = fingerprint_hash(content)
    refuse_if(fingerprint is None, "not-json")
    point = secp256k1.public_key(entry["id"])
    digest = hashlib.sha512(fingerprint.encode("ascii")).digest()[:32]
    refuse_if(point is None or not secp256k1.verify(digest, r, s, point), "bad-signature")


verify_signature = verdict(check_signature)


# A signed fingerprint


def check_content(content):
    outer(content, CONTENT, ("signerId",))
    for name in ("orgId", "tenantId", "eventId"):
        refuse_if(not isinstance(content[name], str) or not UUID.match(content[name]), "bad-field")
    if "signerId" in content:
        digits(content["signerId"], 64, 140)
    document_id = content["documentId"]
    refuse_if(not isinstance(document_id, str) or not 1 <= utf16_length(document_id) <= 256, "bad-field")
    digits(content["documentRef"], 32, 128)
    refuse_if(not is_iso_time(content["timestamp"]), "bad-field")
    integer(content["version"], 1)


def utf16_length(text):
    return len(text.encode("utf-16-be", "surrogatepass")) // 2


def is_iso_time(value):
    match = ISO.match(value) if isinstance(value, str) else None
    if not match:
        return False
    month, day, hour, minute, second = (int(group) for group in match.groups()[:5])
    offset = [int(match[8] or 0), int(match[9] or 0)]
    in_day = hour <= 23 and minute <= 59 and second <= 59
    return 1 <= month <= 12 and 1 <= day <= 31 and in_day and offset[0] <= 23 and offset[1] <= 59


def check_signed_shape(signed):
    """`signed` has been seen to be an object with the members content, proofs and hash."""
    check_content(signed["content"])
    proofs = signed["proofs"]
    refuse_if(not isinstance(proofs, list) or not 1 <= len(proofs) <= 8, "bad-field")
    for entry in proofs:
        check_entry(entry)
    digits(signed["hash"])


def check_signed(signed):
    content, proofs = signed["content"], signed["proofs"]
    refuse_if(fingerprint_hash(content) != signed["hash"], "hash-mismatch")
    for entry in proofs:
        check_signature(content, entry)
    signers = [entry["id"] for entry in proofs]
    refuse_if("signerId" in content and content["signerId"] not in signers, "signer-differs")
    return {"hash": signed["hash"], "signers": list(dict.fromkeys(signers))}


@verdict
def verify_fingerprint(signed):
    outer(signed, ("content", "proofs", "hash"))
    check_signed_shape(signed)
    return check_signed(signed)


# The statement of a checkpoint


def check_statement(content, checkpoint):
    match = DOCUMENT_ID.match(content["documentId"])
    refuse_if(not match, "bad-document-id")
    tree, first, last, count, line = match.groups()
    numbers = [int(first), int(last), int(count)]
    refuse_if(max(numbers) > SAFE, "bad-document-id")
    refuse_if(tree != checkpoint["tree"], "tree-differs")
    refuse_if(content["documentRef"] != checkpoint["root"], "root-differs")
    stated = [checkpoint[name] for name in ("firstSequence", "lastSequence", "leafCount")]
    refuse_if(numbers != stated, "range-differs")
    refuse_if(line != hash_of(checkpoint), "checkpoint-differs")
    same_time = content["timestamp"] == checkpoint["createdAt"] and content["version"] == 1
    refuse_if(not same_time, "timestamp-differs")


verify_statement = verdict(check_statement)


# The network's Merkle Patricia proof


def check_network_shape(proof):
    outer(proof, ("path", "witness"))
    digits(proof["path"])
    witness = proof["witness"]
    refuse_if(not isinstance(witness, list), "bad-field")
    refuse_if(not 1 <= len(witness) <= MOST_NODES, "node-count")
    for node in witness:
        outer(node, ("type", "contents"))
        kind, contents = node["type"], node["contents"]
        refuse_if(not isinstance(kind, str) or kind not in PREFIX, "wrong-node-type")
        if kind == "Leaf":
            outer(contents, ("dataDigest", "remaining"))
            digits(contents["dataDigest"])
            digits(contents["remaining"], 0, 64)
        elif kind == "Extension":
            outer(contents, ("childDigest", "shared"))
            digits(contents["childDigest"])
            digits(contents["shared"], 1, 64)
        else:
            outer(contents, ("pathsDigest",))
            outer(contents["pathsDigest"], (), DIGITS)
            for digest in contents["pathsDigest"].values():
                digits(digest)


def node_digest(node):
    return sha256(PREFIX[node["type"]], jcs.octets(node["contents"])).hex()


def check_network_path(proof, fingerprint):
    path, nodes = proof["path"], list(reversed(proof["witness"]))
    refuse_if(path != fingerprint, "path-differs")
    root = expected = node_digest(nodes[0])
    at = 0
    for level, node in enumerate(nodes):
        kind, contents = node["type"], node["contents"]
        refuse_if((kind == "Leaf") != (level == len(nodes) - 1), "wrong-node-type")
        refuse_if(node_digest(node) != expected, "digest-mismatch")
        if kind == "Leaf":
            refuse_if(contents["remaining"] != path[at:], "path-mismatch")
            refuse_if(contents["dataDigest"] != fingerprint, "data-digest-unknown")
        elif kind == "Branch":
            refuse_if(at >= len(path), "path-length")
            refuse_if(path[at] not in contents["pathsDigest"], "nibble-missing")
            expected = contents["pathsDigest"][path[at]]
            at += 1
        else:
            refuse_if(not path.startswith(contents["shared"], at), "path-mismatch")
            at += len(contents["shared"])
            expected = contents["childDigest"]
    return root


@verdict
def verify_network(proof, fingerprint, root=None):
    check_network_shape(proof)
    found = check_network_path(proof, fingerprint)
    refuse_if(root is not None and found != root, "root-mismatch")
    return {"root": found}
