#!/usr/bin/env python3
"""Computes the worked examples of docs/formats.md.

  examples.py --write    puts them into the document, between `<!-- example: NAME -->` and `<!-- end -->`
  examples.py            exits 1 and names the examples that differ from what stands there
"""

import hashlib
import hmac
import json
import os
import re
import sys

from sealtrail_verify import anchor, archive, bundle, checkpoint, export, extension, jcs, multiproof, proof, record
from sealtrail_verify import secp256k1, strict_json, tree
from sealtrail_verify.verdict import sha256

DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "docs", "formats.md")
BLOCK = re.compile(r"<!-- example: ([a-z0-9-]+) -->\n(.*?)<!-- end -->\n", re.S)
ZEROS = "0" * 64

# A tree of three entries, and one more that comes later.
ENTRIES = [(b"a", b"1"), (b"b", b"2"), (b"c", b"3")]
LATER = (b"f", b"6")

# A trail of two events.
TREE_ID = "00112233445566778899aabbccddeeff"
GENESIS = {
    "createdAt": "2026-01-05T08:00:00.000Z",
    "epochDurationMs": 3_600_000,
    "formats": ["sealtrail-checkpoint/1", "sealtrail-event/1", "smt-proof/1"],
    "tree": TREE_ID,
}
SECRETS = [bytes([0x11]) * 32, bytes([0x22]) * 32]
PRIVATE_KEY = 0x33333333_33333333_33333333_33333333_33333333_33333333_33333333_33333333


def fenced(text, language="json"):
    return f"```{language}\n{text}\n```\n"


def pretty(value):
    return json.dumps(value, indent=2, ensure_ascii=False)


def lines_of_nodes(value):
    """JSON with one entry of `keys` and `nodes` a line."""
    rows = []
    for name, member in value.items():
        if isinstance(member, list) and member:
            inside = ",\n".join("    " + json.dumps(item) for item in member)
            rows.append(f'  "{name}": [\n{inside}\n  ]')
        else:
            rows.append(f'  "{name}": {json.dumps(member)}')
    return "{\n" + ",\n".join(rows) + "\n}"


def table(rows, heads):
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def strict_example():
    texts = ['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '["\\ud800"]', '["\\ud83d\\ude00"]', "[9007199254740991.4]"]
    texts += ["[9007199254740991.6]", "[1e999]", "[-Infinity]", "01", "[01]", "[1,]", "{} {}"]
    rows = []
    for text in texts:
        found = strict_json.check(text.encode())
        rows.append([f"`{text}`", f"`{jcs.canonical(found['value'])}`" if found["ok"] else f"`{found['code']}`"])
    return table(rows, ["text", "canonical form, or code"])


def jcs_example():
    text = (
        r'{"\ufb33":"\u20AC\u000F\u000a\u0022\u005C\u002f","\ud83d\ude00":'
        "[9e15,1.5e3,1e-6,1e-7,-0,0.10,5e-324,0.30000000000000004,333333333.33333329]}"
    )
    canonical = jcs.canonical(strict_json.parse(text.encode()))
    digest = sha256(canonical.encode()).hex()
    return fenced(f"{text}\n{canonical}", "text") + f"\n`H` of the second line: `{digest}`\n"


def tree_example():
    rows = []
    for key, value in ENTRIES:
        path = tree.path_of(key)
        bits = "".join(str(tree.bit(path, depth)) for depth in range(4))
        leaf = tree.leaf_hash(path, sha256(value)).hex()
        rows.append([f"`{key.decode()}` / `{value.decode()}`", f"`{path.hex()}`", bits, f"`{leaf}`"])
    return table(rows, ["key / value (text)", "path", "turns", "leaf"]) + "\n" + shape_of(ENTRIES)


def shape_of(entries):
    """Every node of a small tree, one a line."""
    names = {tree.path_of(key): key.decode() for key, _ in entries}
    rows = []

    def visit(leaves, turns):
        place = "root" if not turns else f"turns {turns}"
        if len(leaves) <= 1:
            what = f"leaf of {names[leaves[0][0]]}" if leaves else "empty"
        else:
            what = "inner node"
        rows.append(f"{place:12} {what:10} {tree.subtree(leaves, len(turns)).hex()}")
        if len(leaves) > 1:
            for side, half in enumerate(tree.halves(leaves, len(turns))):
                visit(half, turns + str(side))

    visit(tree.leaves_of(entries), "")
    return fenced("\n".join(rows), "text")


def proof_of(entries, key, value=None, **more):
    siblings, end = tree.walk(entries, key)
    parts = {"type": "exclusion" if value is None else "inclusion", "key": key, "siblings": siblings}
    if value is None:
        parts["terminal"] = end
    else:
        parts["value"] = value
    made = {**proof.to_json(parts, tree.root_of(entries)), **more}
    assert proof.verify(made, tree.root_of(entries), key, value)["ok"]
    return made


def inclusion_example():
    made = proof_of(ENTRIES, b"b", b"2")
    return f"The leaf of `b` under the root above:\n\n{fenced(pretty(made))}"


def exclusion_example():
    absent = next(key for key in (bytes([letter]) for letter in b"defghijk") if tree.walk(ENTRIES, key)[1])
    made = proof_of(ENTRIES, absent)
    return f"`{absent.decode()}` is not under it; its path ends at another leaf:\n\n{fenced(pretty(made))}"


def binary_example():
    made = proof_of(ENTRIES, b"b", b"2")
    octets = proof.encode(proof.parse(made)).hex()
    return f"The inclusion proof above, {len(octets) // 2} bytes:\n\n{fenced(octets, 'text')}"


def multiproof_of(entries, asked):
    """A multiproof of (key, value or None) under the tree of the entries."""
    root = tree.root_of(entries)
    keys = sorted(asked, key=lambda entry: tree.path_of(entry[0]))
    nodes = []

    def visit(leaves, here, depth):
        if not leaves:
            nodes.append(["empty"])
        elif not here:
            nodes.append(["hash", tree.subtree(leaves, depth).hex()])
        elif len(leaves) == 1:
            wanted = [i for i, (key, value) in enumerate(keys) if value and tree.path_of(key) == leaves[0][0]]
            nodes.append(["leaf", wanted[0]] if wanted else ["other", leaves[0][0].hex(), leaves[0][1].hex()])
        else:
            nodes.append(["inner"])
            for side, half in enumerate(tree.halves(leaves, depth)):
                visit(half, [key for key in here if tree.bit(tree.path_of(key[0]), depth) == side], depth + 1)

    visit(tree.leaves_of(entries), keys, 0)
    listed = [{"key": key.hex(), **({"value": value.hex()} if value else {})} for key, value in keys]
    return {"format": "smt-multiproof/1", "root": root.hex(), "keys": listed, "nodes": nodes}


def multiproof_example():
    made = multiproof_of(ENTRIES, [(b"a", b"1"), (b"d", None)])
    found = multiproof.verify(made, tree.root_of(ENTRIES))
    assert found["ok"]
    answer = json.dumps({"present": found["present"], "absent": found["absent"]})
    return f"`a` is there and `d` is not:\n\n{fenced(lines_of_nodes(made))}\nThe verifier answers `{answer}`.\n"


def extension_nodes(old, new, depth, number=None):
    """The pruned tree of an extension; with `number` (path -> index) that of an archive."""
    if len(old) == len(new):
        return [["same", tree.subtree(old, depth).hex()] if old else ["empty"]]
    if not old and number is None:
        return [["added", tree.subtree(new, depth).hex()]]
    if len(new) == 1:
        return [["new", number[new[0][0]]]]
    nodes = [["inner"]]
    for old_half, new_half in zip(tree.halves(old, depth), tree.halves(new, depth)):
        if len(old_half) == len(new_half) == 1:
            nodes.append(["leaf", old_half[0][0].hex(), old_half[0][1].hex()])
        else:
            nodes += extension_nodes(old_half, new_half, depth + 1, number)
    return nodes


def extension_of(old, new):
    roots = tree.root_of(old), tree.root_of(new)
    nodes = extension_nodes(tree.leaves_of(old), tree.leaves_of(new), 0)
    return {"format": "smt-extension/1", "oldRoot": roots[0].hex(), "newRoot": roots[1].hex(), "nodes": nodes}


def extension_example():
    old, new = ENTRIES, [*ENTRIES, LATER]
    made = extension_of(old, new)
    assert extension.verify(made, tree.root_of(old), tree.root_of(new))["ok"], made
    name, value = (part.decode() for part in LATER)
    return f"From the three entries above to these and `{name}` / `{value}`:\n\n{fenced(lines_of_nodes(made))}"


class Trail:
    """The two events of the examples, their leaves and their tree."""

    def __init__(self):
        self.genesis = record.genesis_hash(GENESIS)
        self.events, self.keys, self.leaves = [], [], []
        content = "list the files".encode()
        self.append(
            1,
            {
                "category": "prompt",
                "type": "prompt.input",
                "description": "prompt",
                "metadata": {"promptLength": len(content)},
                "contentHash": record.content_hash(SECRETS[0], content).hex(),
                "contentLength": len(content),
            },
        )
        self.append(
            2,
            {
                "category": "tool",
                "type": "tool.invoked",
                "description": "ls",
                "metadata": {"toolName": "Bash", "args": {"command": "ls"}, "seconds": 0.25},
            },
        )
        self.entries = [(key, record.record_value(made)) for key, made in self.leaves]
        self.root = tree.root_of(self.entries)

    def append(self, sequence, more):
        created = "2026-01-05T08:00:%02d.000Z" % sequence
        time = "%012x" % record.milliseconds(created)
        event = {
            "format": "sealtrail-event/1",
            "id": f"{time[:8]}-{time[8:]}-7000-8000-{sequence:012x}",
            "sequence": sequence,
            "createdAt": created,
            "machineId": "m1",
            "sessionId": "s1",
            "source": "ndjson",
            "previousHash": (self.keys[-1][0] if self.keys else self.genesis).hex(),
            **more,
        }
        record.check_event(event)
        raw = record.raw_key(record.salt_of(SECRETS[sequence - 1]), event)
        censored = record.censored_key(event)
        common = {
            "chainPrev": self.keys[-1][0].hex() if self.keys else None,
            "epoch": 0,
            "eventId": event["id"],
            "timestamp": record.milliseconds(created),
        }
        self.leaves.append((raw, {**common, "hashType": "raw", "pair": censored.hex(), "seqNo": 2 * sequence - 1}))
        self.leaves.append((censored, {**common, "hashType": "censored", "pair": raw.hex(), "seqNo": 2 * sequence}))
        self.events.append(event)
        self.keys.append((raw, censored))

    def checkpoint(self):
        return {
            "format": "sealtrail-checkpoint/1",
            "createdAt": "2026-01-05T08:00:05.000Z",
            "epoch": 0,
            "firstSequence": 1,
            "lastSequence": 2,
            "lastSigned": 0,
            "leafCount": 4,
            "previous": ZEROS,
            "root": self.root.hex(),
            "tree": TREE_ID,
            "version": 1,
        }

    def anchor(self):
        point = self.checkpoint()
        content = {
            "orgId": "00000000-0000-0000-0000-000000000000",
            "tenantId": "00000000-0000-0000-0000-000000000000",
            "eventId": "7d9a3c1e-0000-4000-8000-000000000001",
            "signerId": signer_id(),
            "documentId": f"smt:{TREE_ID}:1-2:4:{checkpoint.hash_of(point)}",
            "documentRef": point["root"],
            "timestamp": point["createdAt"],
            "version": 1,
        }
        return {
            "content": content,
            "proofs": [sign(content)],
            "hash": anchor.fingerprint_hash(content),
            "network": "ledger",
            "status": "accepted",
        }


def both(made):
    """A record's canonical form and its hash."""
    return [jcs.canonical(made), record.record_value(made).hex()]


def event_example(trail):
    event, secret = trail.events[0], SECRETS[0]
    salt = record.salt_of(secret)
    (raw, raw_record), (censored, censored_record) = trail.leaves[:2]
    censored_text = jcs.canonical({name: event[name] for name in record.CENSORED})
    blocks = [
        ("Genesis, and its hash:", [jcs.canonical(GENESIS), trail.genesis.hex()]),
        (
            "An event's `contentSalt` (an example: real ones are random), its `salt`, "
            "and `contentHash` of the content `list the files`:",
            [secret.hex(), salt.hex(), event["contentHash"]],
        ),
        ("`JCS(event)` and the raw key:", [jcs.canonical(event), raw.hex()]),
        ("`JCS({category, createdAt, id, type})` and the censored key:", [censored_text, censored.hex()]),
        ("`JCS` of the raw leaf's record and the leaf's value:", both(raw_record)),
        ("The same of the censored leaf:", both(censored_record)),
        ("`sealed:` of the bytes `list the files` under this `contentSalt`:", [record.sealed(secret, b"list the files")]),
    ]
    return "\n".join(f"{title}\n\n{fenced(chr(10).join(lines), 'text')}" for title, lines in blocks)


def archive_lines(trail):
    """The archive of the trail's only epoch."""
    number = {tree.path_of(key): index for index, (key, _) in enumerate(trail.leaves)}
    nodes = extension_nodes([], tree.leaves_of(trail.entries), 0, number)
    header = {
        "format": "sealtrail-archive/1",
        "tree": TREE_ID,
        "epoch": 0,
        "previousRoot": ZEROS,
        "root": trail.root.hex(),
        "leafCount": len(trail.leaves),
        "nodeCount": len(nodes),
    }
    values = [header, *({"key": key.hex(), "record": made} for key, made in trail.leaves), *nodes]
    return [jcs.canonical(value) for value in values]


def export_lines(trail):
    """The trail's whole export, with salts and content."""
    header = {
        "format": "sealtrail-export/1",
        "exportedAt": "2026-01-05T09:00:00.000Z",
        "genesis": GENESIS,
        "machineId": "m1",
        "filter": None,
        "recomputable": True,
        "content": True,
        "salts": True,
    }
    lines = [header]
    for number, (event, (raw, censored)) in enumerate(zip(trail.events, trail.keys)):
        line = {"event": event, "rawHash": raw.hex(), "censoredHash": censored.hex()}
        line.update({"record": trail.leaves[2 * number][1], "anchor": None, "contentSalt": SECRETS[number].hex()})
        if "contentHash" in event:
            line["content"] = "bGlzdCB0aGUgZmlsZXM="
        lines.append(line)
    lines += [{"checkpoint": trail.checkpoint()}, {"end": {"events": 2, "lastSequence": 2}}]
    return [jcs.canonical(line) for line in lines]


def archive_example(trail):
    text = "\n".join(archive_lines(trail))
    assert archive.verify(text.encode(), bytes(32), trail.root)["ok"]
    return f"The first epoch of a trail with the event of section 2 and one more:\n\n{fenced(text, 'jsonl')}"


def checkpoint_example(trail):
    point = trail.checkpoint()
    assert checkpoint.verify(point)["ok"]
    return (
        f"After these two events:\n\n{fenced(pretty(point))}\n"
        f"Its hash is `{checkpoint.hash_of(point)}`.\n"
    )


def scalar_times_g(scalar):
    x, y, z = secp256k1.multiply_two(scalar, secp256k1.G, 0)
    inverse = pow(z, -1, secp256k1.P)
    return x * inverse * inverse % secp256k1.P, y * inverse * inverse * inverse % secp256k1.P


def signer_id():
    x, y = scalar_times_g(PRIVATE_KEY)
    return f"{x:064x}{y:064x}"


def nonce(private_key, digest):
    """RFC 6979, section 3.2, for SHA-256 and a curve of 256 bits."""
    z = (int.from_bytes(digest, "big") % secp256k1.N).to_bytes(32, "big")
    seed = private_key.to_bytes(32, "big") + z
    k, v = bytes(32), b"\x01" * 32
    for mark in (b"\x00", b"\x01"):
        k = hmac.new(k, v + mark + seed, "sha256").digest()
        v = hmac.new(k, v, "sha256").digest()
    while True:
        v = hmac.new(k, v, "sha256").digest()
        found = int.from_bytes(v, "big")
        if 1 <= found < secp256k1.N:
            return found
        k = hmac.new(k, v + b"\x00", "sha256").digest()
        v = hmac.new(k, v, "sha256").digest()


def der(r, s):
    def number(value):
        octets = value.to_bytes((value.bit_length() + 8) // 8, "big")
        return b"\x02" + bytes([len(octets)]) + octets

    body = number(r) + number(s)
    return (b"\x30" + bytes([len(body)]) + body).hex()


def sign(content):
    digest = hashlib.sha512(anchor.fingerprint_hash(content).encode()).digest()[:32]
    k = nonce(PRIVATE_KEY, digest)
    r = scalar_times_g(k)[0] % secp256k1.N
    s = pow(k, -1, secp256k1.N) * (int.from_bytes(digest, "big") + r * PRIVATE_KEY) % secp256k1.N
    entry = {"id": signer_id(), "signature": der(r, min(s, secp256k1.N - s)), "algorithm": anchor.ALGORITHM}
    assert anchor.verify_signature(content, entry)["ok"]
    return entry


def signature_example(trail):
    made = trail.anchor()
    content = made["content"]
    digest = hashlib.sha512(made["hash"].encode()).digest()[:32].hex()
    lines = [jcs.canonical(content), made["hash"], digest, made["proofs"][0]["id"], made["proofs"][0]["signature"]]
    return (
        "The statement of the checkpoint above, signed with the private key that is 32 bytes `33`: `JCS(content)`, `hash`, "
        "`digest`, `id`, `signature`:\n\n"
        + fenced("\n".join(lines), "text")
    )


def network_proof_of(trail):
    """A Merkle Patricia proof for the trail's statement, and its root."""
    key = trail.anchor()["hash"]
    branch_at = 2
    leaf = {"type": "Leaf", "contents": {"dataDigest": key, "remaining": key[branch_at + 1 :]}}
    other = format(int(key[branch_at], 16) ^ 1, "x")
    digests = {key[branch_at]: anchor.node_digest(leaf), other: "ab" * 32}
    branch = {"type": "Branch", "contents": {"pathsDigest": digests}}
    top = {"type": "Extension", "contents": {"childDigest": anchor.node_digest(branch), "shared": key[:branch_at]}}
    made = {"path": key, "witness": [leaf, branch, top]}
    found = anchor.verify_network(made, key)
    assert found["ok"]
    return made, found["root"]


def network_example(trail):
    made, root = network_proof_of(trail)
    return (
        f"A proof for that statement's fingerprint (the other entry of the branch is made up):\n\n{fenced(pretty(made))}\n"
        f"It leads to the root `{root}`.\n"
    )


def bundle_of(trail):
    """The trail's first event, censored, with its anchor."""
    event = trail.events[0]
    key, made = trail.leaves[1]
    return {
        "format": "sealtrail-bundle/1",
        "disclosure": {"level": "censored", "event": {name: event[name] for name in record.CENSORED}},
        "proof": proof_of(trail.entries, key, record.record_value(made), record=made),
        "checkpoint": trail.checkpoint(),
        "anchor": trail.anchor(),
    }


def bundle_example(trail):
    value = bundle_of(trail)
    found = bundle.verify(json.dumps(value).encode(), [{"publicKey": signer_id(), "fromVersion": 1}])
    assert found["verdict"] == "attested"
    absent = ", ".join(f"`{name}`" for name, check in found["checks"].items() if check["status"] == "absent")
    return (
        f"The first event of section 2, censored, anchored in a ledger file:\n\n{fenced(pretty(value))}\n"
        f"For a reader who trusts that signer it is `{found['verdict']}`, "
        f"with {absent} `absent` and all other checks `ok`; "
        f"`provenBefore` is null, `claimedAt` `{found['claimedAt']}`. For one who trusts nobody it is `untrusted`.\n"
    )


def export_example(trail):
    lines = export_lines(trail)
    found = export.verify([line.encode() + b"\n" for line in lines])
    assert found["ok"] and found["root"] == trail.root.hex(), found
    text = "\n".join(lines)
    return f"The trail of these examples, with salts and content:\n\n{fenced(text, 'jsonl')}"


def examples():
    trail = Trail()
    return {
        "strict": strict_example(),
        "jcs": jcs_example(),
        "tree": tree_example(),
        "event": event_example(trail),
        "inclusion": inclusion_example(),
        "exclusion": exclusion_example(),
        "binary": binary_example(),
        "multiproof": multiproof_example(),
        "extension": extension_example(),
        "archive": archive_example(trail),
        "checkpoint": checkpoint_example(trail),
        "signature": signature_example(trail),
        "network": network_example(trail),
        "bundle": bundle_example(trail),
        "export": export_example(trail),
    }


def main():
    made = examples()
    with open(DOCUMENT, encoding="utf-8") as file:
        before = file.read()
    names = [match[1] for match in BLOCK.finditer(before)]
    if sorted(names) != sorted(made):
        print(f"examples in the document: {sorted(names)}, here: {sorted(made)}", file=sys.stderr)
        return 1
    after = BLOCK.sub(lambda match: f"<!-- example: {match[1]} -->\n{made[match[1]]}<!-- end -->\n", before)
    if "--write" in sys.argv[1:]:
        with open(DOCUMENT, "w", encoding="utf-8") as file:
            file.write(after)
        return 0
    differ = [match[1] for match in BLOCK.finditer(before) if match[2] != made[match[1]]]
    for name in differ:
        print(f"docs/formats.md: example {name} is not what examples.py computes", file=sys.stderr)
    print(f"{len(made) - len(differ)} examples agree, {len(differ)} differ")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
