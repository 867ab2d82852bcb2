// Signatures, signed fingerprints and the network's own proofs: good ones by fixed keys, and mutations.
import { signContent, signerIdOf } from "@sealtrail/anchor";
import { signFingerprint } from "@sealtrail/anchor/keys";
import { PatriciaTrie } from "@sealtrail/devkit";
import { bytesToHex } from "@sealtrail/smt";
import type { Checkpoint } from "@sealtrail/smt/checkpoint";
import { contentHash, derToCompact, nodeDigest } from "@sealtrail/verify/signing";
import { type NetworkProof, type SignedFingerprint, statementOf } from "@sealtrail/verify/statement";
import { line } from "./checkpoint.ts";
import { type Case, changed, clone, fixed, fixedHex, flip, type Json, no, ok } from "./common.ts";

export const signerKey = fixed("signer's private key");
export const otherKey = fixed("another signer's private key");
export const signerId = signerIdOf(signerKey);
export const otherId = signerIdOf(otherKey);

const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

function uuid(name: string): string {
  const h = fixedHex(name);
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-8${h.slice(17, 20)}-${h.slice(20, 32)}`;
}

/** The signed statement of a checkpoint, or one that differs from it in some members. */
export function statement(checkpoint: Checkpoint, key: Uint8Array = signerKey, change: object = {}): SignedFingerprint {
  const value = statementOf(checkpoint, {
    eventId: uuid(`statement of version ${checkpoint.version}`),
    signerId: signerIdOf(key),
    orgId: uuid("organisation"),
    tenantId: uuid("tenant"),
  });
  return clone(signFingerprint({ ...value, ...change }, key));
}

/** A batch of `size` fingerprints with `hash` among them. */
export function batch(hash: string, size: number): { networkProof: NetworkProof; root: string } {
  const trie = new PatriciaTrie([hash, ...Array.from({ length: size - 1 }, (_, i) => fixedHex(`fingerprint ${i}`))]);
  return { networkProof: trie.prove(hash), root: trie.root };
}

const numbers = (signature: string): [bigint, bigint] => {
  const compact = bytesToHex(derToCompact(signature)!);
  return [BigInt(`0x${compact.slice(0, 64)}`), BigInt(`0x${compact.slice(64)}`)];
};

/** The bytes of an integer as DER wants them: shortest, the first bit clear. */
function shortest(n: bigint): string {
  let digits = n.toString(16);
  if (digits.length % 2) digits = `0${digits}`;
  return Number.parseInt(digits[0]!, 16) >= 8 ? `00${digits}` : digits;
}

/** DER of two integers, given by whatever bytes. */
function derOf(...integers: string[]): string {
  const lengthOf = (bytes: string) => (bytes.length / 2).toString(16).padStart(2, "0");
  const body = integers.map((bytes) => `02${lengthOf(bytes)}${bytes}`).join("");
  return `30${lengthOf(body)}${body}`;
}

const der = (r: bigint, s: bigint): string => derOf(shortest(r), shortest(s));

/** The same signature with n - s for s. */
export function highTwin(signature: string): string {
  const [r, s] = numbers(signature);
  return der(r, N - s);
}

export function signatures(): { [file: string]: Case[] } {
  const contents: [string, Json][] = [
    ["an object", { b: 1, a: [true, null, "\u20ac"], "": {} }],
    ["a text", "caf\u00e9 \u{1f600}"],
    ["a number", 1e-7],
    ["null", null],
    ["a fingerprint", statement(line[0]!).content],
  ];
  const good: Case[] = [];
  for (const [name, content] of contents) {
    const proof = signContent(content, signerKey);
    good.push({ name, content, proof, expect: ok() });
    good.push({
      name: `${name}, high S`,
      content,
      proof: { ...proof, signature: highTwin(proof.signature) },
      expect: ok(),
    });
  }
  const [, content] = contents[0]!;
  const proof = signContent(content, signerKey);
  good.push({
    name: "members of the content in another order",
    content: { a: content.a, "": {}, b: 1 },
    proof,
    expect: ok(),
  });
  const [r, s] = numbers(proof.signature);
  const hostile: Case[] = [];
  const add = (name: string, code: string, change: (copy: Json) => void, of: Json = content) =>
    hostile.push({ name, content: of, proof: changed(proof, change), expect: no(code) });
  const sig = (name: string, code: string, signature: Json) =>
    add(name, code, (p) => {
      p.signature = signature;
    });
  add("another content", "bad-signature", () => {}, { ...content, b: 2 });
  add("one member more", "bad-signature", () => {}, { ...content, c: 0 });
  add("another signer's id", "bad-signature", (p) => {
    p.id = otherId;
  });
  add("id with its 04", "bad-signer-id", (p) => {
    p.id = `04${p.id}`;
  });
  add("id in upper case", "bad-signer-id", (p) => {
    p.id = p.id.toUpperCase();
  });
  add("id off the curve", "bad-signature", (p) => {
    p.id = flip(p.id, -1);
  });
  add("id of zeros", "bad-signature", (p) => {
    p.id = "0".repeat(128);
  });
  add("another algorithm", "unknown-algorithm", (p) => {
    p.algorithm = "SECP256K1_RFC8785_V2";
  });
  add("no algorithm", "missing-field", (p) => {
    delete p.algorithm;
  });
  add("one more member of the proof", "unknown-field", (p) => {
    p.time = 0;
  });
  hostile.push({ name: "no proof", content, proof: null, expect: no("not-an-object") });
  sig("r changed", "bad-signature", der(r ^ 1n, s));
  sig("s changed", "bad-signature", der(r, s ^ 1n));
  sig("r and s exchanged", "bad-signature", der(s, r));
  sig("r and s of another content", "bad-signature", signContent("other", signerKey).signature);
  sig("r zero", "bad-der", der(0n, s));
  sig("s zero", "bad-der", der(r, 0n));
  sig("r = n", "bad-der", der(N, s));
  sig("s = n", "bad-der", der(r, N));
  sig("s + n", "bad-der", der(r, s + N));
  sig("r of 33 bytes", "bad-der", der(r + (1n << 256n), s));
  sig("nothing", "bad-der", "");
  sig("signature a number", "bad-der", 5);
  sig("in upper case", "bad-der", proof.signature.toUpperCase());
  sig("a digit short", "bad-der", proof.signature.slice(0, -1));
  sig("a byte short", "bad-der", proof.signature.slice(0, -2));
  sig("a byte too many", "bad-der", `${proof.signature}00`);
  sig(
    "a byte too many, counted",
    "bad-der",
    `30${(proof.signature.length / 2 - 1).toString(16)}${proof.signature.slice(4)}00`,
  );
  sig("another tag", "bad-der", `31${proof.signature.slice(2)}`);
  sig("long form of the length", "bad-der", `3081${proof.signature.slice(2)}`);
  sig("indefinite length", "bad-der", `3080${proof.signature.slice(4)}0000`);
  sig("64 bytes r || s", "bad-der", bytesToHex(derToCompact(proof.signature)!));
  sig("r padded with a zero byte", "bad-der", derOf(`00${shortest(r)}`, shortest(s)));
  sig("s padded with a zero byte", "bad-der", derOf(shortest(r), `00${shortest(s)}`));
  sig("r negative", "bad-der", derOf("80".padEnd(64, "1"), shortest(s)));
  sig("r of no bytes", "bad-der", derOf("", shortest(s)));
  sig("three numbers", "bad-der", derOf(shortest(r), shortest(s), "01"));
  return { good, hostile };
}

export function fingerprints(): { [file: string]: Case[] } {
  const one = statement(line[3]!);
  const second = { ...one, proofs: [...one.proofs, signContent(one.content, otherKey)] };
  const { signerId: _, ...anonymous } = one.content;
  const unsigned = signFingerprint(anonymous, otherKey);
  const good: Case[] = [
    { name: "a statement", input: one, expect: ok({ hash: one.hash, signers: [signerId] }) },
    { name: "two signatures", input: second, expect: ok({ hash: one.hash, signers: [signerId, otherId] }) },
    {
      name: "the same signature twice, one with high S",
      input: { ...one, proofs: [one.proofs[0], { ...one.proofs[0], signature: highTwin(one.proofs[0]!.signature) }] },
      expect: ok({ hash: one.hash, signers: [signerId] }),
    },
    { name: "no signer named", input: unsigned, expect: ok({ hash: unsigned.hash, signers: [otherId] }) },
  ];
  const hostile: Case[] = [];
  const add = (name: string, code: string, change: (copy: Json) => void) =>
    hostile.push({ name, input: changed(one, change), expect: no(code) });
  add("hash changed", "hash-mismatch", (f) => {
    f.hash = flip(f.hash);
  });
  add("content changed", "hash-mismatch", (f) => {
    f.content.documentRef = flip(f.content.documentRef);
  });
  add("signature of another content", "bad-signature", (f) => {
    f.proofs[0].signature = signContent("other", signerKey).signature;
  });
  add("one signature of two does not hold", "bad-signature", (f) => {
    f.proofs.push({ ...f.proofs[0], id: otherId });
  });
  add("no signature", "bad-field", (f) => {
    f.proofs = [];
  });
  add("nine signatures", "bad-field", (f) => {
    f.proofs = Array.from({ length: 9 }, () => f.proofs[0]);
  });
  hostile.push({
    name: "another signer named",
    input: resigned({ ...anonymous, signerId }),
    expect: no("signer-differs"),
  });
  add("signature with a byte too many", "bad-der", (f) => {
    f.proofs[0].signature += "00";
  });
  add("signature of another algorithm", "unknown-algorithm", (f) => {
    f.proofs[0].algorithm = "SECP256K1";
  });
  add("signer id with its 04", "bad-signer-id", (f) => {
    f.proofs[0].id = `04${f.proofs[0].id}`;
  });
  add("one more member", "unknown-field", (f) => {
    f.note = "";
  });
  add("content with one more member", "unknown-field", (f) => {
    f.content.tags = {};
  });
  add("no document", "missing-field", (f) => {
    delete f.content.documentId;
  });
  add("document id of 257 characters", "bad-field", (f) => {
    f.content.documentId = "x".repeat(257);
  });
  add("document reference in upper case", "bad-hex", (f) => {
    f.content.documentRef = "A".repeat(64);
  });
  add("event id no UUID", "bad-field", (f) => {
    f.content.eventId = "1";
  });
  add("timestamp no time", "bad-field", (f) => {
    f.content.timestamp = "yesterday";
  });
  add("version 0", "bad-field", (f) => {
    f.content.version = 0;
  });
  hostile.push({ name: "null", input: null, expect: no("not-an-object") });
  return { good, hostile };
}

/** The content signed by the other key, whoever it names. */
function resigned(content: Json): Json {
  const proof = signContent(content, otherKey);
  return { content, proofs: [proof], hash: contentHash(content) };
}

export function networkProofs(): { [file: string]: Case[] } {
  const hash = statement(line[3]!).hash;
  const good: Case[] = [];
  // A branch below the path's last nibble.
  const leaf = { type: "Leaf" as const, contents: { dataDigest: hash, remaining: "" } };
  const branch = { type: "Branch" as const, contents: { pathsDigest: { "0": nodeDigest(leaf) } } };
  const extension = { type: "Extension" as const, contents: { childDigest: nodeDigest(branch), shared: hash } };
  const hostile: Case[] = [
    { name: "null", input: null, ask: { hash }, expect: no("not-an-object") },
    {
      name: "a branch past the path's end",
      input: { path: hash, witness: [leaf, branch, extension] },
      ask: { hash },
      expect: no("path-length"),
    },
  ];
  for (const size of [1, 2, 17, 300]) {
    const { networkProof, root } = batch(hash, size);
    good.push({ name: `a batch of ${size}`, input: networkProof, ask: { hash }, expect: ok({ root }) });
    good.push({
      name: `a batch of ${size}, root known`,
      input: networkProof,
      ask: { hash, root },
      expect: ok({ root }),
    });
    const add = (name: string, code: string, change: (copy: Json) => void, ask: Json = { hash }) =>
      hostile.push({
        name: `a batch of ${size}: ${name}`,
        input: changed(networkProof, change),
        ask,
        expect: no(code),
      });
    add("another hash asked for", "path-differs", () => {}, { hash: flip(hash) });
    add("another root asked for", "root-mismatch", () => {}, { hash, root: flip(root) });
    add("path changed", "path-differs", (p) => {
      p.path = flip(p.path);
    });
    add("path in upper case", "bad-hex", (p) => {
      p.path = p.path.toUpperCase();
    });
    add("one more member", "unknown-field", (p) => {
      p.root = root;
    });
    add("no nodes", "node-count", (p) => {
      p.witness = [];
    });
    add("66 nodes", "node-count", (p) => {
      p.witness = Array.from({ length: 66 }, () => p.witness[0]);
    });
    add("witness no list", "bad-field", (p) => {
      p.witness = {};
    });
    add("leaf's digest changed", "data-digest-unknown", (p) => {
      p.witness[0].contents.dataDigest = flip(p.witness[0].contents.dataDigest);
      rehash(p);
    });
    add("leaf with one more member", "unknown-field", (p) => {
      p.witness[0].contents.path = hash;
    });
    add("leaf without a digest", "missing-field", (p) => {
      delete p.witness[0].contents.dataDigest;
    });
    add("node of an unknown type", "wrong-node-type", (p) => {
      p.witness[0].type = "Twig";
    });
    add("leaf's remaining path longer", size === 1 ? "bad-hex" : "path-mismatch", (p) => {
      p.witness[0].contents.remaining += "0";
      rehash(p);
    });
    add("leaf twice", "wrong-node-type", (p) => {
      p.witness.unshift(p.witness[0]);
    });
    if (networkProof.witness.length > 1) {
      add("leaf left out", "wrong-node-type", (p) => {
        p.witness.shift();
      });
      add("nodes in reverse", "wrong-node-type", (p) => {
        p.witness.reverse();
      });
      add("leaf's remaining path changed, not hashed again", "digest-mismatch", (p) => {
        p.witness[0].contents.remaining = flip(p.witness[0].contents.remaining, -1);
      });
      const at = networkProof.witness.findIndex((node) => node.type === "Branch");
      add("branch without the path's nibble", "nibble-missing", (p) => {
        const used = taken(p, at);
        delete p.witness[at].contents.pathsDigest[used];
        rehashAbove(p, at);
      });
      add("branch with a nibble of two digits", "unknown-field", (p) => {
        p.witness[at].contents.pathsDigest["00"] = hash;
      });
      add("branch with a nibble in upper case", "unknown-field", (p) => {
        p.witness[at].contents.pathsDigest.A = hash;
      });
      add("branch names another child", "digest-mismatch", (p) => {
        const used = taken(p, at);
        p.witness[at].contents.pathsDigest[used] = flip(p.witness[at].contents.pathsDigest[used]);
        rehashAbove(p, at);
      });
    }
  }
  return { good, hostile };
}

/** The nibble that the path takes at this branch. */
function taken(proof: Json, at: number): string {
  let depth = 0;
  for (let i = proof.witness.length - 1; i > at; i--) {
    const node = proof.witness[i];
    depth += node.type === "Branch" ? 1 : node.contents.shared.length;
  }
  return proof.path[depth];
}

/** Every node above takes the new digest of the one below, so that only the fault that is meant remains. */
function rehash(proof: Json): void {
  rehashAbove(proof, 0);
}

function rehashAbove(proof: Json, from: number): void {
  for (let i = from + 1; i < proof.witness.length; i++) {
    const digest = nodeDigest(proof.witness[i - 1]);
    const { contents, type } = proof.witness[i];
    if (type === "Branch") contents.pathsDigest[taken(proof, i)] = digest;
    else contents.childDigest = digest;
  }
}
