// Single proofs, JSON and binary: good ones of every shape, and a fixed list of mutations of them.
import { encodeProof, hexToBytes, type Proof } from "@sealtrail/smt";
import {
  bit,
  type Case,
  changed,
  clone,
  fixed,
  fixedHex,
  flip,
  hex,
  innerHash,
  type Json,
  keyOf,
  leafHash,
  no,
  ok,
  sha,
  shapeCases,
  treeOf,
  valueFor,
  zeros,
} from "./common.ts";
import { leavesOf, treeAfter } from "./trail.ts";

interface Good {
  name: string;
  proof: Proof;
  ask: { root: string; key: string; value?: string };
}

const askOf = (proof: Proof) => ({
  root: proof.root,
  key: proof.key,
  ...(proof.value === undefined ? {} : { value: proof.value }),
});

/** A proof made at the hashing layer: siblings of our choice, the root that they fold to. */
function folded(
  name: string,
  depth: number,
  siblings: (level: number) => string | undefined,
  end: "inclusion" | null | { path: string; valueHash: string },
): Good {
  const key = fixed(`key of ${name}`);
  const value = fixed(`value of ${name}`);
  const path = sha(key);
  const bitmap = new Uint8Array((depth + 7) >> 3);
  const list: string[] = [];
  for (let level = 0; level < depth; level++) {
    const sibling = siblings(level);
    if (sibling === undefined) continue;
    bitmap[level >> 3]! |= 128 >> (level & 7);
    list.push(sibling);
  }
  let hash =
    end === "inclusion"
      ? leafHash(path, sha(value))
      : end === null
        ? new Uint8Array(32)
        : leafHash(hexToBytes(end.path), hexToBytes(end.valueHash));
  for (let level = depth - 1, next = list.length; level >= 0; level--) {
    const sibling = bitmap[level >> 3]! & (128 >> (level & 7)) ? hexToBytes(list[--next]!) : new Uint8Array(32);
    hash = bit(path, level) ? innerHash(sibling, hash) : innerHash(hash, sibling);
  }
  const rest = { depth, bitmap: hex(bitmap), siblings: list };
  const proof: Proof =
    end === "inclusion"
      ? { format: "smt-proof/1", type: "inclusion", root: hex(hash), key: hex(key), value: hex(value), ...rest }
      : { format: "smt-proof/1", type: "exclusion", root: hex(hash), key: hex(key), terminal: end, ...rest };
  return { name, proof, ask: askOf(proof) };
}

function fromTree(name: string, count: number, key: number): Good {
  const proof = clone(treeOf(count).prove(keyOf(key)));
  return { name, proof, ask: askOf(proof) };
}

/** The first key from 1000 on whose absence ends as wanted. */
function absentWhere(count: number, wanted: (proof: Proof) => boolean): number {
  const tree = treeOf(count);
  for (let n = 1000; ; n++) if (wanted(tree.prove(keyOf(n)))) return n;
}

const gap = (proof: Proof) => proof.siblings.length < proof.depth;

function goods(): Good[] {
  const tree = treeAfter(20);
  const [raw] = leavesOf(7);
  const recorded: Proof = { ...clone(tree.prove(hexToBytes(raw!.key))), record: raw!.record };
  const lying: Proof = {
    ...clone(treeOf(33).prove(keyOf(5))),
    context: { tree: "f".repeat(32), version: 7, leafCount: 1 },
  };
  const nearPath = (name: string, shared: number) => {
    const path = sha(fixed(`key of ${name}`));
    path[shared >> 3]! ^= 128 >> (shared & 7);
    return { path: hex(path), valueHash: fixedHex(`other of ${name}`) };
  };
  return [
    fromTree("empty tree, absent", 0, 0),
    fromTree("one leaf, present", 1, 0),
    fromTree("one leaf, absent", 1, 1000),
    fromTree("two leaves, present", 2, 1),
    fromTree("33 leaves, present", 33, 5),
    fromTree(
      "33 leaves, absent at an empty subtree",
      33,
      absentWhere(33, (p) => p.terminal === null),
    ),
    fromTree(
      "33 leaves, absent at another leaf",
      33,
      absentWhere(33, (p) => p.terminal !== null),
    ),
    fromTree("1000 leaves, present", 1000, 512),
    fromTree("1000 leaves, absent past an empty sibling", 1000, absentWhere(1000, gap)),
    fromTree(
      "1000 leaves, absent at another leaf",
      1000,
      absentWhere(1000, (p) => p.terminal !== null),
    ),
    { name: "leaf with its record", proof: recorded, ask: askOf(recorded) },
    { name: "context that lies is not looked at", proof: lying, ask: askOf(lying) },
    folded(
      "256 levels, one sibling at the last, present",
      256,
      (l) => (l === 255 ? fixedHex("s") : undefined),
      "inclusion",
    ),
    folded("256 levels, 256 siblings, present", 256, (l) => fixedHex(`s${l}`), "inclusion"),
    folded("256 levels, absent at an empty subtree", 256, (l) => (l % 3 === 0 ? fixedHex(`s${l}`) : undefined), null),
    folded(
      "255 levels, absent at the leaf with the last bit turned",
      255,
      (l) => (l > 250 ? fixedHex(`s${l}`) : undefined),
      nearPath("255 levels, absent at the leaf with the last bit turned", 255),
    ),
    folded("deep shared prefix, present", 131, (l) => (l > 120 ? fixedHex(`s${l}`) : undefined), "inclusion"),
    folded("8 levels, present", 8, (l) => (l === 2 || l === 7 ? fixedHex(`s${l}`) : undefined), "inclusion"),
    folded(
      "9 levels, absent at another leaf",
      9,
      (l) => (l === 0 || l === 8 ? fixedHex(`s${l}`) : undefined),
      nearPath("9 levels, absent at another leaf", 11),
    ),
  ];
}

/** The code of a list of siblings that was changed under the same bitmap length. */
function mutations({ name, proof, ask }: Good): Case[] {
  const cases: Case[] = [];
  const add = (what: string, expect: string, change: (copy: Json) => void, otherAsk: Json = ask) =>
    cases.push({ name: `${name}: ${what}`, input: changed(proof, change), ask: otherAsk, expect: no(expect) });
  const { value, ...withoutValue } = ask;
  const inclusion = proof.type === "inclusion";
  const last = proof.siblings.length - 1;

  add("root changed", "root-differs", (p) => {
    p.root = flip(p.root);
  });
  add("another root asked for", "root-differs", () => {}, { ...ask, root: flip(ask.root, -1) });
  add(
    "root changed on both sides",
    "root-mismatch",
    (p) => {
      p.root = flip(p.root, 9);
    },
    { ...ask, root: flip(ask.root, 9) },
  );
  add("another key asked for", "key-differs", () => {}, { ...ask, key: flip(ask.key, -1) });
  if (!proof.terminal)
    add("key longer by a zero byte", "key-differs", (p) => {
      p.key += "00";
    });
  add("depth 257", "bad-depth", (p) => {
    p.depth = 257;
  });
  add("depth -1", "bad-depth", (p) => {
    p.depth = -1;
  });
  add("depth a fraction", "bad-depth", (p) => {
    p.depth += 0.5;
  });
  add("depth a text", "bad-depth", (p) => {
    p.depth = `${p.depth}`;
  });
  add("root in upper case", "bad-hex", (p) => {
    p.root = `${p.root.slice(0, -1)}A`;
  });
  add("root a digit short", "wrong-length", (p) => {
    p.root = p.root.slice(1);
  });
  add("no key", "wrong-length", (p) => {
    p.key = "";
  });
  if (name.startsWith("one leaf"))
    add("key of 1,025 bytes", "wrong-length", (p) => {
      p.key = "00".repeat(1025);
    });
  add("bitmap longer by a byte", "wrong-length", (p) => {
    p.bitmap += "00";
  });
  add("siblings no list", "bad-field", (p) => {
    p.siblings = { length: p.siblings.length };
  });
  add("type of the third kind", "bad-type", (p) => {
    p.type = "absence";
  });
  if (proof.depth % 8 !== 0)
    add("padding bit set", "padding-bits", (p) => {
      p.bitmap = flip(p.bitmap, -1);
    });
  if (inclusion) {
    add("value not asked for", "value-required", () => {}, withoutValue);
    add("value changed", "value-differs", (p) => {
      p.value = flip(p.value);
      delete p.record;
    });
    add(
      "value changed on both sides",
      "root-mismatch",
      (p) => {
        p.value = flip(p.value);
        delete p.record;
      },
      { ...ask, value: flip(ask.value!) },
    );
    add("no value", "wrong-length", (p) => {
      p.value = "";
    });
    if (name === "one leaf, present")
      add("value of 65,537 bytes", "wrong-length", (p) => {
        p.value = "00".repeat(65537);
      });
    add("relabelled as an exclusion", "misplaced-field", (p) => {
      p.type = "exclusion";
    });
    add(
      "made into an exclusion at an empty subtree",
      "root-mismatch",
      (p) => {
        p.type = "exclusion";
        p.terminal = null;
        delete p.value;
        delete p.record;
      },
      withoutValue,
    );
    add(
      "made into an exclusion at the key's own leaf",
      "terminal-is-key",
      (p) => {
        p.type = "exclusion";
        p.terminal = { path: hex(sha(hexToBytes(p.key))), valueHash: hex(sha(hexToBytes(p.value))) };
        delete p.value;
        delete p.record;
      },
      withoutValue,
    );
    add("with a terminal", "misplaced-field", (p) => {
      p.terminal = null;
    });
  } else {
    add("a value asked for", "wrong-type", () => {}, { ...ask, value: "00" });
    add("with a value", "misplaced-field", (p) => {
      p.value = "00";
    });
    add("with a record", "misplaced-field", (p) => {
      p.record = leavesOf(1)[0]!.record;
    });
    add("relabelled as an inclusion", "misplaced-field", (p) => {
      p.type = "inclusion";
    });
    add(
      "made into an inclusion",
      "root-mismatch",
      (p) => {
        p.type = "inclusion";
        p.value = "00";
        delete p.terminal;
      },
      { ...ask, value: "00" },
    );
    add("no terminal", "missing-field", (p) => {
      delete p.terminal;
    });
    add("terminal a text", "bad-field", (p) => {
      p.terminal = zeros;
    });
    if (proof.terminal) {
      add("terminal with the key's path", "terminal-is-key", (p) => {
        p.terminal.path = hex(sha(hexToBytes(p.key)));
      });
      add("terminal's value changed", "root-mismatch", (p) => {
        p.terminal.valueHash = flip(p.terminal.valueHash);
      });
      add("terminal left out", "root-mismatch", (p) => {
        p.terminal = null;
      });
      add("terminal with one more member", "unknown-field", (p) => {
        p.terminal.key = "00";
      });
      add("terminal without a value", "missing-field", (p) => {
        delete p.terminal.valueHash;
      });
      add("terminal's path short", "wrong-length", (p) => {
        p.terminal.path = p.terminal.path.slice(2);
      });
      if (proof.depth > 0)
        add("terminal in the other half", "terminal-prefix", (p) => {
          p.terminal.path = (Number.parseInt(p.terminal.path[0], 16) ^ 8).toString(16) + p.terminal.path.slice(1);
        });
    } else
      add("a terminal where nothing is", proof.depth === 256 ? "terminal-prefix" : "root-mismatch", (p) => {
        p.terminal = { path: hex(near(hexToBytes(p.key))), valueHash: zeros };
      });
  }
  if (last >= 0) {
    add("last sibling left out", "sibling-count", (p) => {
      p.siblings.pop();
    });
    add("last sibling twice", "sibling-count", (p) => {
      p.siblings.push(p.siblings.at(-1));
    });
    add("first sibling zero", "zero-sibling", (p) => {
      p.siblings[0] = zeros;
    });
    add("first sibling changed", "root-mismatch", (p) => {
      p.siblings[0] = flip(p.siblings[0]);
    });
    add("last sibling changed", "root-mismatch", (p) => {
      p.siblings[last] = flip(p.siblings[last], -1);
    });
    add("sibling a byte short", "wrong-length", (p) => {
      p.siblings[0] = p.siblings[0].slice(2);
    });
    add("sibling in upper case", "bad-hex", (p) => {
      p.siblings[0] = `A${p.siblings[0].slice(1)}`;
    });
    add("sibling a number", "bad-field", (p) => {
      p.siblings[0] = 0;
    });
    add("deepest sibling moved out of the bitmap", "not-collapsed", (p) => {
      const bytes = hexToBytes(p.bitmap);
      bytes[(p.depth - 1) >> 3]! &= ~(128 >> ((p.depth - 1) & 7));
      p.bitmap = hex(bytes);
      p.siblings.pop();
    });
  }
  if (last >= 1) {
    add("first two siblings swapped", "root-mismatch", (p) => {
      p.siblings.splice(0, 2, p.siblings[1], p.siblings[0]);
    });
    add("siblings in reverse", "root-mismatch", (p) => p.siblings.reverse());
    add("first sibling twice, last left out", "root-mismatch", (p) => {
      p.siblings = [p.siblings[0], ...p.siblings.slice(0, -1)];
    });
  }
  if (proof.depth > 0 && proof.depth < 256)
    add("one level deeper, sibling empty", "not-collapsed", (p) => {
      p.depth++;
      p.bitmap = p.bitmap.padEnd(2 * ((p.depth + 7) >> 3), "0");
      if (p.terminal) p.terminal.path = hex(near(hexToBytes(p.key)));
    });
  if (proof.record) {
    add("record changed", "record-mismatch", (p) => {
      p.record.seqNo += 2;
    });
    add("record of the event's other leaf", "record-mismatch", (p) => {
      p.record = leavesOf(7)[1]!.record;
    });
    add("record with one more member", "bad-field", (p) => {
      p.record.note = "";
    });
    add("record without an epoch", "bad-field", (p) => {
      delete p.record.epoch;
    });
    add("record's number a text", "bad-field", (p) => {
      p.record.seqNo = `${p.record.seqNo}`;
    });
    add("record of a raw leaf with an even number", "bad-field", (p) => {
      p.record.seqNo += 1;
    });
  }
  if (proof.context) {
    add("context with one more member", "unknown-field", (p) => {
      p.context.root = zeros;
    });
    add("context's version a text", "bad-field", (p) => {
      p.context.version = "7";
    });
    add("context's tree no tree", "bad-field", (p) => {
      p.context.tree = "F".repeat(32);
    });
    add("context null", "bad-field", (p) => {
      p.context = null;
    });
  }
  return cases;
}

function near(key: Uint8Array): Uint8Array {
  const path = sha(key);
  path[31]! ^= 1;
  return path;
}

/** Trees that only a dishonest builder makes, and inner nodes shown as leaves. */
function dishonest(): Case[] {
  const key = keyOf(1);
  const path = sha(key);
  const value = valueFor(1);
  const leaf = leafHash(path, sha(value));
  const cases: Case[] = [];
  // The key's leaf stands on the wrong side: the bits of its path lead to the other.
  const other = fixed("other side");
  const wrong = bit(path, 0) ? innerHash(leaf, other) : innerHash(other, leaf);
  const base = { format: "smt-proof/1", key: hex(key), depth: 1, bitmap: "80", siblings: [hex(other)] };
  cases.push({
    name: "leaf on the wrong side",
    input: { ...base, type: "inclusion", root: hex(wrong), value: hex(value) },
    ask: { root: hex(wrong), key: hex(key), value: hex(value) },
    expect: no("root-mismatch"),
  });
  // An inner node's children given as path and value of a leaf.
  const [left, right] = [fixed("left"), fixed("right")];
  const root = innerHash(left, right);
  cases.push({
    name: "inner node shown as a leaf",
    input: {
      format: "smt-proof/1",
      type: "exclusion",
      root: hex(root),
      key: hex(key),
      terminal: { path: hex(left), valueHash: hex(right) },
      depth: 0,
      bitmap: "",
      siblings: [],
    },
    ask: { root: hex(root), key: hex(key) },
    expect: no("root-mismatch"),
  });
  // A leaf that stands a level too deep, its sibling empty.
  const sunk = bit(path, 0) ? innerHash(new Uint8Array(32), leaf) : innerHash(leaf, new Uint8Array(32));
  cases.push({
    name: "leaf below an inner node with an empty side",
    input: {
      format: "smt-proof/1",
      type: "inclusion",
      root: hex(sunk),
      key: hex(key),
      value: hex(value),
      depth: 1,
      bitmap: "00",
      siblings: [],
    },
    ask: { root: hex(sunk), key: hex(key), value: hex(value) },
    expect: no("not-collapsed"),
  });
  const empties = innerHash(new Uint8Array(32), new Uint8Array(32));
  cases.push({
    name: "absent below an inner node with two empty sides",
    input: {
      format: "smt-proof/1",
      type: "exclusion",
      root: hex(empties),
      key: hex(key),
      terminal: null,
      depth: 1,
      bitmap: "00",
      siblings: [],
    },
    ask: { root: hex(empties), key: hex(key) },
    expect: no("not-collapsed"),
  });
  // ICS23's rule accepts both answers about B here (formats, section 1): three leaves in path order, A and C under one node.
  const lefts = Array.from({ length: 40 }, (_, i) => i).filter((i) => sha(keyOf(i))[0]! < 128);
  const [a, b, c] = lefts.sort((x, y) => (hex(sha(keyOf(x))) < hex(sha(keyOf(y))) ? -1 : 1)) as [
    number,
    number,
    number,
  ];
  const leafOf = (n: number) => leafHash(sha(keyOf(n)), sha(valueFor(n)));
  const pair = innerHash(leafOf(a), leafOf(c));
  const forged = innerHash(pair, leafOf(b));
  cases.push({
    name: "malformed tree: membership that ICS23's rule accepts",
    input: {
      format: "smt-proof/1",
      type: "inclusion",
      root: hex(forged),
      key: hex(keyOf(b)),
      value: hex(valueFor(b)),
      depth: 1,
      bitmap: "80",
      siblings: [hex(pair)],
    },
    ask: { root: hex(forged), key: hex(keyOf(b)), value: hex(valueFor(b)) },
    expect: no("root-mismatch"),
  });
  return cases;
}

function text(good: Good): Case[] {
  const spelled = JSON.stringify(good.proof);
  const depth = `"depth":${good.proof.depth}`;
  return [
    {
      name: "text: depth as a fraction of zero",
      text: spelled.replace(depth, `${depth}.0`),
      ask: good.ask,
      expect: ok({ type: good.proof.type }),
    },
    {
      name: "text: depth 2^53",
      text: spelled.replace(depth, '"depth":9007199254740992'),
      ask: good.ask,
      expect: no("unsafe-integer"),
    },
    {
      name: "text: depth 1e400",
      text: spelled.replace(depth, '"depth":1e400'),
      ask: good.ask,
      expect: no("not-finite"),
    },
    { name: "text: depth NaN", text: spelled.replace(depth, '"depth":NaN'), ask: good.ask, expect: no("not-finite") },
    { name: "text: depth 1e3", text: spelled.replace(depth, '"depth":1e3'), ask: good.ask, expect: no("bad-depth") },
    {
      name: "text: siblings 65 deep",
      text: spelled.replace('"siblings":[', `"siblings":${"[".repeat(65)}`),
      ask: good.ask,
      expect: no("too-deep"),
    },
  ];
}

export function proofs(): { [file: string]: Case[] } {
  const all = goods();
  const mutated = all.filter((good) => !good.name.startsWith("256 levels, 256"));
  const wide = all.find((good) => good.name === "33 leaves, present")!;
  const expect = (proof: Proof) => ok({ type: proof.type });
  return {
    good: all.map(({ name, proof, ask }) => ({ name, input: proof, ask, expect: expect(proof) })),
    hostile: [
      ...mutated.flatMap(mutations),
      ...dishonest(),
      ...shapeCases(wide.proof, wide.ask).map((one) => ({ ...one, expect: one.expect ?? expect(wide.proof) })),
      ...text(wide),
      {
        name: "257 siblings",
        input: { ...wide.proof, siblings: Array.from({ length: 257 }, () => fixedHex("s")) },
        ask: wide.ask,
        expect: no("sibling-count"),
      },
    ],
  };
}

export function binaryProofs(): { [file: string]: Case[] } {
  const good: Case[] = [];
  const hostile: Case[] = [];
  for (const { name, proof, ask } of goods()) {
    const bytes = hex(encodeProof(proof));
    const { record: _, context: __, ...bare } = proof;
    good.push({ name, hex: bytes, ask, expect: ok({ type: proof.type, proof: bare }) });
    if (name.startsWith("256 levels, 256")) continue;
    const add = (what: string, code: string, changedBytes: string, otherAsk: Json = ask) =>
      hostile.push({ name: `${name}: ${what}`, hex: changedBytes, ask: otherAsk, expect: no(code) });
    const { value, ...withoutValue } = ask;
    add("nothing", "truncated", "");
    add("a byte short", "truncated", bytes.slice(0, -2));
    add("a byte too many", "trailing-bytes", `${bytes}00`);
    add("type 0", "bad-type", `00${bytes.slice(2)}`);
    add("type 4", "bad-type", `04${bytes.slice(2)}`);
    add("depth 257", "bad-depth", `${bytes.slice(0, 2)}0101${bytes.slice(6)}`);
    if (value === undefined) add("a value asked for", "wrong-type", bytes, { ...ask, value: "00" });
    else add("no value asked for", "value-required", bytes, withoutValue);
    const head = proof.terminal ? 6 + 128 : 6;
    if (proof.depth % 8 !== 0) {
      const at = head + proof.bitmap.length - 1;
      add("padding bit set", "padding-bits", bytes.slice(0, at) + flip(bytes[at]!) + bytes.slice(at + 1));
    }
    if (proof.siblings.length > 0) {
      add("last sibling zero", "zero-sibling", bytes.slice(0, -64) + zeros);
      add("last sibling changed", "root-mismatch", flip(bytes, -1));
      add("last sibling left out", "truncated", bytes.slice(0, -64));
      add("last sibling twice", "trailing-bytes", bytes + bytes.slice(-64));
    }
    if (proof.terminal) {
      const own = hex(sha(hexToBytes(proof.key)));
      add("terminal with the key's path", "terminal-is-key", bytes.slice(0, 6) + own + bytes.slice(70));
      add("terminal's value changed", "root-mismatch", flip(bytes, 70));
      if (proof.depth > 0) {
        const turned = (Number.parseInt(bytes[6]!, 16) ^ 8).toString(16);
        add("terminal in the other half", "terminal-prefix", bytes.slice(0, 6) + turned + bytes.slice(7));
      }
    }
    if (proof.depth > 0 && proof.depth % 8 !== 0) {
      const deeper = (proof.depth + 1).toString(16).padStart(4, "0");
      add("one level deeper, sibling empty", "not-collapsed", bytes.slice(0, 2) + deeper + bytes.slice(6));
    }
  }
  return { good, hostile };
}
