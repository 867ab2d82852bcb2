#!/usr/bin/env python3
"""What the vectors do not reach of this verifier: number formatting at its borders, the curve, the command line."""

import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest

import examples
from sealtrail_verify import anchor, bundle, jcs, multiproof, proof, record, secp256k1, strict_json, tree
from sealtrail_verify.verdict import Refused

HERE = os.path.dirname(os.path.abspath(__file__))


class Numbers(unittest.TestCase):
    def test_ecmascript_spelling(self):
        for bits, spelled in [
            ("0000000000000000", "0"),
            ("8000000000000000", "0"),
            ("0000000000000001", "5e-324"),
            ("7fefffffffffffff", "1.7976931348623157e+308"),
            ("4340000000000001", "9007199254740994"),
            ("4430000000000000", "295147905179352830000"),
            ("44b52d02c7e14af5", "9.999999999999997e+22"),
            ("44b52d02c7e14af6", "1e+23"),
            ("444b1ae4d6e2ef4e", "999999999999999700000"),
            ("444b1ae4d6e2ef50", "1e+21"),
            ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
            ("3eb0c6f7a0b5ed8d", "0.000001"),
            ("41b3de4355555553", "333333333.3333332"),
            ("41b3de4355555554", "333333333.33333325"),
            ("becbf647612f3696", "-0.0000033333333333333333"),
        ]:
            self.assertEqual(jcs.number(struct.unpack(">d", bytes.fromhex(bits))[0]), spelled)

    def test_spelling_reads_back(self):
        for exponent in range(-324, 309):
            for digits in ("1", "1.5", "9.999999999999999", "1.2345678901234567"):
                value = float(f"{digits}e{exponent}")
                if value not in (0.0, float("inf")):
                    self.assertEqual(float(jcs.number(value)), value)


class Order(unittest.TestCase):
    def test_utf16_units(self):
        text = '{"\\ufb33":1,"\\ud83d\\ude00":2,"\\u20ac":3,"1":4,"\\r":5,"\\u0080":6}'
        names = [chr(13), "1", chr(0x80), chr(0x20AC), chr(0x1F600), chr(0xFB33)]
        spelled = jcs.canonical(strict_json.parse(text.encode()))
        self.assertEqual(list(json.loads(spelled)), names)


class Strict(unittest.TestCase):
    def refused(self, octets):
        with self.assertRaises(Refused) as caught:
            strict_json.parse(octets)
        return caught.exception.code

    def test_what_python_alone_would_take(self):
        self.assertEqual(self.refused(b'{"a":1,"a":2}'), "duplicate-key")
        self.assertEqual(self.refused(b"NaN"), "not-finite")
        self.assertEqual(self.refused(b"1" * 400), "not-finite")
        self.assertEqual(self.refused(b'"\\udead"'), "lone-surrogate")
        self.assertEqual(self.refused(b"[" * 65), "too-deep")
        self.assertEqual(self.refused(b"[" * 64), "not-json")
        self.assertEqual(self.refused("\u0661".encode()), "not-json")
        self.assertEqual(self.refused(b" " * (16 * 1024 * 1024 + 1)), "too-large")

    def test_number_of_values(self):
        self.assertEqual(strict_json.parse(b'{"a":[0]}', limit_values=3), {"a": [0]})
        with self.assertRaises(Refused):
            strict_json.parse(b'{"a":[0,0]}', limit_values=3)

    def test_integers_by_value(self):
        value = strict_json.parse(b"[1.0, 1e2, -0, 0.5]")
        self.assertEqual([type(item) for item in value], [int, int, int, float])


class Curve(unittest.TestCase):
    def setUp(self):
        self.content = {"a": 1}
        self.entry = examples.sign(self.content)
        self.r, self.s = secp256k1.signature(bytes.fromhex(self.entry["signature"]))

    def code(self, **changed):
        return anchor.verify_signature(self.content, {**self.entry, **changed}).get("code", "ok")

    def test_both_values_of_s(self):
        self.assertLessEqual(self.s, secp256k1.N // 2)
        self.assertEqual(self.code(), "ok")
        self.assertEqual(self.code(signature=examples.der(self.r, secp256k1.N - self.s)), "ok")

    def test_other_numbers(self):
        self.assertEqual(self.code(signature=examples.der(self.r, self.s ^ 1)), "bad-signature")
        self.assertEqual(self.code(signature=examples.der(self.s, self.r)), "bad-signature")
        for r, s in [(secp256k1.N, self.s), (self.r, secp256k1.N), (self.r + secp256k1.N, self.s), (self.r, 0)]:
            self.assertEqual(self.code(signature=examples.der(r, s)), "bad-der")

    def test_der(self):
        good = self.entry["signature"]
        octets = bytes.fromhex(good)
        longer = bytes([0x30, octets[1] + 1, 0x02, octets[3] + 1, 0]) + octets[4:]
        for bad in [good.upper(), good + "00", good[:-2], "31" + good[2:], longer.hex(), good[1:], "", "3081" + good[2:]]:
            self.assertEqual(self.code(signature=bad), "bad-der")

    def test_keys(self):
        self.assertEqual(self.code(id="00" * 64), "bad-signature")
        self.assertEqual(self.code(id="f" * 128), "bad-signature")
        self.assertEqual(self.code(id="04" + self.entry["id"]), "bad-signer-id")

    def test_arithmetic(self):
        # The group has order N, and 2G by doubling is G + G by the general rule.
        self.assertEqual(secp256k1.multiply_two(secp256k1.N, secp256k1.G, 0)[2], 0)
        one = examples.scalar_times_g(1)
        self.assertEqual(one, secp256k1.G)
        self.assertIsNotNone(secp256k1.public_key("%064x%064x" % examples.scalar_times_g(2)))
        self.assertEqual(examples.scalar_times_g(secp256k1.N - 1), (one[0], secp256k1.P - one[1]))


class Times(unittest.TestCase):
    def test_only_times_that_exist(self):
        self.assertEqual(record.milliseconds("1970-01-01T00:00:00.001Z"), 1)
        self.assertEqual(record.milliseconds("0000-01-01T00:00:00.000Z"), -62_167_219_200_000)
        for none in ["2026-02-29T00:00:00.000Z", "2026-01-01T24:00:00.000Z", "2026-01-01T00:00:00Z", "", None, 5]:
            self.assertIsNone(record.milliseconds(none))
        self.assertIsNotNone(record.milliseconds("2024-02-29T23:59:59.999Z"))


class Trees(unittest.TestCase):
    def test_deepest(self):
        path = bytes(32)
        twin = bytes(31) + b"\x01"
        node = tree.inner_hash(tree.leaf_hash(path, path), tree.leaf_hash(twin, path))
        for _ in range(255):
            node = tree.inner_hash(node, bytes(32))
        self.assertEqual(tree.subtree([(path, path), (twin, path)]), node)

    def test_a_leaf_where_its_path_does_not_lead(self):
        # Section 1's warning: a builder puts a leaf on the wrong side. The bits of the path decide, so it cannot be shown.
        key = next(bytes([n]) for n in range(256) if tree.bit(tree.path_of(bytes([n])), 0) == 0)
        leaf, other = tree.subtree(tree.leaves_of([(key, b"v")])), b"\x07" * 32
        parts = {"type": "inclusion", "key": key, "value": b"v", "siblings": [other]}
        for root, code in [(tree.inner_hash(leaf, other), "ok"), (tree.inner_hash(other, leaf), "root-mismatch")]:
            self.assertEqual(proof.verify(proof.to_json(parts, root), root, key, b"v").get("code", "ok"), code)

    def test_limit_of_nodes(self):
        made = {"format": "smt-multiproof/1", "root": "00" * 32, "keys": [{"key": "00"}], "nodes": [["empty"]] * 3}
        self.assertEqual(multiproof.verify(made, bytes(32), 2)["code"], "too-many-nodes")
        self.assertEqual(multiproof.verify(made, bytes(32), 3)["code"], "nodes-left-over")


class CommandLine(unittest.TestCase):
    def run_with(self, value, *args):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "file")
            with open(path, "wb") as file:
                file.write(value if isinstance(value, bytes) else json.dumps(value).encode())
            args = [path if arg == "FILE" else arg for arg in args]
            script = os.path.join(HERE, "verify.py")
            ran = subprocess.run([sys.executable, script, *args], capture_output=True, text=True, check=False)
            return ran.returncode, ran.stdout

    def test_proof(self):
        root = tree.root_of(examples.ENTRIES).hex()
        made = examples.proof_of(examples.ENTRIES, b"b", b"2")
        ask = ["--proof", "FILE", "--root", root, "--key", "62"]
        self.assertEqual(self.run_with(made, *ask, "--value", "32")[0], 0)
        self.assertEqual(self.run_with(proof.encode(proof.parse(made)), *ask, "--value", "32")[0], 0)
        code, out = self.run_with(made, *ask)
        self.assertEqual((code, json.loads(out)["code"]), (1, "value-required"))
        self.assertEqual(self.run_with(b"[", *ask)[0], 1)
        self.assertEqual(self.run_with(made, "--proof", "FILE", "--root", root)[0], 64)
        self.assertEqual(self.run_with(made, "--nonsense")[0], 64)

    def test_bundle(self):
        trail = examples.Trail()
        made = examples.bundle_of(trail)
        for args, code, word in [
            ([], 2, "untrusted"),
            (["--signer", examples.signer_id()], 2, "attested"),
            (["--signer", examples.signer_id(), "--network-root", "mainnet:" + "00" * 32], 2, "attested"),
        ]:
            got, out = self.run_with(made, "--bundle", "FILE", *args)
            self.assertEqual((got, out.splitlines()[-1]), (code, word))
        made["anchor"]["hash"] = "00" * 32
        self.assertEqual(self.run_with(made, "--bundle", "FILE")[0], 1)

    def test_valid_needs_a_root_from_outside(self):
        trail = examples.Trail()
        made = examples.bundle_of(trail)
        made["anchor"].update(network="test", status="finalized", networkProof=examples.network_proof_of(trail)[0])
        root = examples.network_proof_of(trail)[1]
        octets = json.dumps(made).encode()
        signers = [{"publicKey": examples.signer_id(), "fromVersion": 1, "untilVersion": 1}]
        roots = [{"network": "test", "root": root, "finalizedAt": "2026-01-06T00:00:00Z"}]
        found = bundle.verify(octets, signers, roots)
        self.assertEqual((found["verdict"], found["provenBefore"]), ("valid", "2026-01-06T00:00:00Z"))
        self.assertEqual(bundle.verify(octets, signers)["verdict"], "attested")
        self.assertEqual(bundle.verify(octets, signers, [{**roots[0], "network": "mainnet"}])["verdict"], "attested")
        late = [{"publicKey": examples.signer_id(), "fromVersion": 2}]
        self.assertEqual(bundle.verify(octets, late, roots)["verdict"], "untrusted")


if __name__ == "__main__":
    unittest.main()
