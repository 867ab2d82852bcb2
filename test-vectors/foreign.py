#!/usr/bin/env python3
"""Other implementations' vectors through this verifier: roots, signatures, ICS23, a Merkle Patricia proof.

  foreign.py [FOLDER]    prints what fails, then `N checks hold, M do not`

The roots lie in foreign/; the others are not part of this repository and are read in FOLDER where they are at hand.
"""

import copy
import glob
import json
import os
import sys

from sealtrail_verify import anchor, ics23, jcs, proof, secp256k1, tree
from sealtrail_verify.verdict import ZERO


def load(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return json.load(file)


def roots(folder):
    for number, case in enumerate(load(folder, "smt-roots.json")["cases"]):
        entries = [(bytes.fromhex(key), bytes.fromhex(value)) for key, value in case["entries"]]
        root = bytes.fromhex(case["root"])
        yield f"root {number}", tree.root_of(entries) == root
        yield f"root {number}, other order", tree.root_of(entries[::-1]) == root
        for side in ("present", "absent"):
            if not case[side]:
                continue
            key = bytes.fromhex(case[side]["key"])
            value = dict(entries).get(key)
            siblings = [bytes.fromhex(sibling) for sibling in case[side]["siblingsFromRoot"]]
            end = case[side].get("terminalLeaf")
            terminal = end and (bytes.fromhex(end["path"]), bytes.fromhex(end["valueHash"]))
            made, found_end = tree.walk(entries, key)
            yield f"{side} {number}: siblings", made == siblings and (side == "present" or found_end == terminal)
            parts = {"type": "inclusion" if value else "exclusion", "key": key, "siblings": siblings}
            parts.update({"value": value} if value else {"terminal": terminal})
            json_form, binary = proof.to_json(parts, root), proof.encode(parts)
            yield f"{side} {number}: JSON", proof.verify(json_form, root, key, value)["ok"]
            yield f"{side} {number}: binary", proof.verify_binary(binary, root, key, value)["ok"]
            wrong = bytes([root[0] ^ 1]) + root[1:]
            yield f"{side} {number}: another root", not proof.verify_binary(binary, wrong, key, value)["ok"]
            other = None if value else b"x"
            yield f"{side} {number}: the opposite", not proof.verify_binary(binary, root, key, other)["ok"]
            for level, sibling in enumerate(siblings):
                changed = {**parts, "siblings": [*siblings]}
                changed["siblings"][level] = ZERO if any(sibling) else b"\x01" * 32
                octets = proof.encode(changed)
                yield f"{side} {number}: sibling {level}", not proof.verify_binary(octets, root, key, value)["ok"]


def signatures(folder):
    for number, case in enumerate(load(folder, "digital-evidence-signatures.json")["vectors"]):
        content = case["data"]
        entry = {
            "id": case["public_key_hex"][2:],
            "signature": case["signature_hex"],
            "algorithm": anchor.ALGORITHM,
        }
        yield f"signature {number}: canonical", jcs.canonical(content) == case["canonical_json"]
        yield f"signature {number}: hash", anchor.fingerprint_hash(content) == case["sha256_hash_hex"]
        yield f"signature {number}", anchor.verify_signature(content, entry)["ok"]
        r, s = secp256k1.signature(bytes.fromhex(case["signature_hex"]))
        twin = {**entry, "signature": der(r, secp256k1.N - s)}
        yield f"signature {number}: the other s", anchor.verify_signature(content, twin)["ok"]
        yield f"signature {number}: other content", not anchor.verify_signature({**content, "x": 1}, entry)["ok"]
        for at in range(0, len(case["signature_hex"]), 9):
            digit = "%x" % (int(case["signature_hex"][at], 16) ^ 1)
            spelled = case["signature_hex"][:at] + digit + case["signature_hex"][at + 1 :]
            changed = {**entry, "signature": spelled}
            yield f"signature {number}: digit {at}", not anchor.verify_signature(content, changed)["ok"]


def der(r, s):
    body = b"".join(
        bytes([2, (n.bit_length() + 8) // 8]) + n.to_bytes((n.bit_length() + 8) // 8, "big") for n in (r, s)
    )
    return (bytes([0x30, len(body)]) + body).hex()


def commitments(folder):
    for path in sorted(glob.glob(os.path.join(folder, "ics23-smt", "*.json"))):
        case, name = load(path), os.path.basename(path)
        octets, root, key = (bytes.fromhex(case[member]) for member in ("proof", "root", "key"))
        value = bytes.fromhex(case["value"]) or None
        yield name, ics23.verify(octets, root, key, value)["ok"]
        yield f"{name}: another root", not ics23.verify(octets, bytes([root[0] ^ 1]) + root[1:], key, value)["ok"]
        yield f"{name}: another key", not ics23.verify(octets, root, key + b"x", value)["ok"]
        yield f"{name}: the opposite", not ics23.verify(octets, root, key, None if value else b"x")["ok"]
        for at in range(len(octets)):
            changed = octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]
            yield f"{name}: byte {at}", not ics23.verify(changed, root, key, value)["ok"]


def tries(folder):
    case = load(folder, "merkle-patricia-proof.json")
    good, root = case["proof"], case["rootHash"]
    key = good["path"]
    yield "trie", anchor.verify_network(good, key, root) == {"ok": True, "root": root}
    yield "trie: another root", not anchor.verify_network(good, key, "0" * 64)["ok"]
    yield "trie: another key", not anchor.verify_network(good, "0" * 64, root)["ok"]
    for name, changed in changes(good):
        yield f"trie: {name}", not anchor.verify_network(changed, key, root)["ok"]


def changes(good):
    """Every node dropped or doubled, every member dropped, every digit of every text changed."""
    for at, node in enumerate(good["witness"]):
        for name, witness in [
            ("dropped", good["witness"][:at] + good["witness"][at + 1 :]),
            ("doubled", good["witness"][: at + 1] + good["witness"][at:]),
        ]:
            yield f"node {at} {name}", {**good, "witness": witness}
        for name, inside in leaves_of(node["contents"]):
            for position, digit in enumerate(inside):
                changed = copy.deepcopy(good)
                owner = changed["witness"][at]["contents"]
                owner = owner.get("pathsDigest", owner)
                owner[name] = inside[:position] + "%x" % (int(digit, 16) ^ 1) + inside[position + 1 :]
                yield f"node {at} {name} digit {position}", changed
            changed = copy.deepcopy(good)
            owner = changed["witness"][at]["contents"]
            del owner.get("pathsDigest", owner)[name]
            yield f"node {at} {name} dropped", changed


def leaves_of(contents):
    return contents.get("pathsDigest", contents).items()


def main():
    own = os.path.join(os.path.dirname(os.path.abspath(__file__)), "foreign")
    checks = [roots(own), *(kind(sys.argv[1]) for kind in (signatures, commitments, tries) if len(sys.argv) > 1)]
    held = failed = 0
    for kind in checks:
        for name, good in kind:
            held += bool(good)
            if not good:
                failed += 1
                print(f"FAILS {name}")
    print(f"{held} checks hold, {failed} do not")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
