// Hostile files of every kind that a verifier reads, of any size. No expectation but that the verifier ends, in time and memory.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { bytesToHex, SparseMerkleTree } from "@sealtrail/smt";
import { jcs } from "@sealtrail/smt/formats";
import { recordOf } from "@sealtrail/smt/record";
import { censoredKey, genesisHash, rawKey } from "@sealtrail/verify/event";
import type { Json } from "../agree/mutate.ts";

export interface Hostile {
  /** Kind of file and what is hostile in it, as the table shows them. */
  name: string;
  /** About `size` bytes. */
  make: (size: number) => string;
  /** Arguments of `audit`, and of `verify.py`; undefined where that one does not read the kind. */
  audit: (file: string) => string[];
  python: ((file: string) => string[]) | undefined;
}

const root = "ab".repeat(32);
const hex = (text: string) => createHash("sha256").update(text).digest("hex");
const many = (size: number, of: (i: number) => string, joint = ",") => {
  const parts: string[] = [];
  for (let left = size, i = 0; left > 0; i++) {
    const part = of(i);
    parts.push(part);
    left -= part.length + joint.length;
  }
  return parts.join(joint);
};

/** JSON values that cost a careless reader more than their bytes. */
const values: Readonly<Record<string, (size: number) => string>> = {
  "arrays in arrays": (size) => "[".repeat(size / 2) + "]".repeat(size / 2),
  "objects in objects": (size) => `${'{"a":'.repeat(size / 6)}0${"}".repeat(size / 6)}`,
  "deep arrays side by side": (size) => `[${many(size, () => "[".repeat(50) + "]".repeat(50))}]`,
  "small numbers": (size) => `[${many(size, () => "0")}]`,
  "a million numbers": (size) => `[${many(size, () => "0".padStart(size / 990_000, " "))}]`,
  "empty objects": (size) => `[${many(size, () => "{}".padStart(size / 990_000, " "))}]`,
  "objects of one member": (size) => `[${many(size, (i) => `{"${i}":0}`.padStart(size / 490_000, " "))}]`,
  "long numbers": (size) => `[${many(size, (i) => `0.${"123456789".repeat(100)}${i}`)}]`,
  "one number": (size) => `0.${"1".repeat(size)}`,
  "objects of one member each of its own": (size) =>
    `[${many(size, (i) => `{"k${i}":0}`.padStart(size / 330_000, " "))}]`,
  "objects of three members of their own": (size) =>
    `[${many(size, (i) => `{"k${i}":0,"q${i}":0,"z${i}":0}`.padStart(size / 245_000, " "))}]`,
  "members and two-byte letters": (size) => `{${many(size, (i) => `"${`é${i}`.padEnd(size / 1_050_000, "x")}":{}`)}}`,
  members: (size) => `{${many(size, (i) => `"${`k${i}`.padEnd(size / 990_000, "x")}":0`)}}`,
  "a member twice at the end": (size) => `{${many(size, (i) => `"${`k${i}`.padEnd(size / 900_000, "x")}":0`)},"k0":0}`,
  "one text": (size) => `"${"a".repeat(size)}"`,
  "one text of two-byte letters": (size) => `"${"é".repeat(size / 2)}"`,
  escapes: (size) => `"${"\\u0041".repeat(size / 6)}"`,
  "escaped pairs": (size) => `"${"\\ud83d\\ude00".repeat(size / 12)}"`,
  "short escaped texts": (size) => `[${many(size, () => '"\\n\\n\\n\\u0041"')}]`,
  blanks: (size) => `[${" ".repeat(size)}]`,
  "a text without an end": (size) => `"${"a\\\\".repeat(size / 3)}`,
};

const dear = new Set([
  "a million numbers",
  "objects of one member",
  "objects of three members of their own",
  "members",
  "members and two-byte letters",
  "one text of two-byte letters",
]);

const vectors = (name: string, at = 0): Json =>
  JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), "utf8")).cases[at].input;

interface Kind {
  kind: string;
  /** A file of the kind with a JSON text in it where any value may stand. */
  wrap: (value: string) => string;
  audit: Hostile["audit"];
  python: Hostile["python"];
}

const bundle = vectors("bundle/good.json");
const inside =
  (value: Json, mark = '"HERE"') =>
  (text: string) =>
    JSON.stringify(value).replace(mark, () => text);
const withMember = (value: Json) => inside({ ...value, extra: "HERE" });
const metadata = {
  ...bundle,
  disclosure: { ...bundle.disclosure, event: { ...bundle.disclosure.event, metadata: { a: "HERE" } } },
};

const begun = vectors("bundle/restarted.json");
const restarted = {
  ...begun,
  restarted: { ...begun.restarted, event: { ...begun.restarted.event, metadata: { lastRoot: "HERE" } } },
};

const kinds: readonly Kind[] = [
  {
    kind: "proof",
    wrap: withMember(vectors("proof/good.json")),
    audit: (file) => ["smt", "verify", "--proof", `@${file}`, "--root", root],
    python: (file) => ["--proof", file, "--root", root, "--key", "00"],
  },
  {
    kind: "multiproof",
    wrap: withMember(vectors("multiproof/good.json")),
    audit: (file) => ["smt", "verify", "--proof", `@${file}`, "--root", root],
    python: (file) => ["--multiproof", file, "--root", root],
  },
  {
    kind: "extension",
    wrap: withMember(vectors("extension/good.json")),
    audit: (file) => ["smt", "extend", root, root, "--verify", `@${file}`],
    python: (file) => ["--extension", file, "--old-root", root, "--root", root],
  },
  {
    kind: "bundle",
    wrap: inside(metadata),
    audit: (file) => ["verify", file],
    python: (file) => ["--bundle", file],
  },
  {
    kind: "archive",
    wrap: inside({ format: "sealtrail-archive/1", tree: "HERE" }),
    audit: (file) => ["verify", file],
    python: (file) => ["--archive", file, "--old-root", root, "--root", root],
  },
  {
    kind: "event in an export",
    wrap: (text) => exported(1, () => ({ metadata: { a: "HERE" } })).replace('"HERE"', () => text),
    audit: (file) => ["verify", file],
    python: (file) => ["--export", file],
  },
  {
    kind: "restart in a bundle",
    wrap: inside(restarted),
    audit: (file) => ["verify", file, "--json"],
    python: (file) => ["--bundle", file],
  },
  {
    kind: "export",
    wrap: inside({ format: "sealtrail-export/1", exportedAt: "HERE" }),
    audit: (file) => ["verify", file],
    python: (file) => ["--export", file],
  },
  {
    kind: "ledger",
    wrap: (text) => `${inside({ format: "sealtrail-ledger/1", statement: "HERE" })(text)}\n`,
    audit: (file) => ["verify", file],
    python: (file) => ["--ledger", file],
  },
  {
    kind: "checkpoint",
    wrap: withMember(vectors("checkpoint/good.json")),
    audit: (file) => ["bundle", "verify", "bundle.json", "--known-checkpoint", `@${file}`],
    python: (file) => ["--bundle", "bundle.json", "--checkpoint", file],
  },
  {
    kind: "kept",
    wrap: inside({
      format: "sealtrail-kept/1",
      checkpoint: vectors("checkpoint/good.json"),
      anchored: null,
      anchor: "HERE",
    }),
    audit: (file) => ["bundle", "verify", "bundle.json", "--known-checkpoint", `@${file}`],
    python: undefined,
  },
  {
    kind: "signers",
    wrap: inside({ format: "sealtrail-signers/1", signers: ["HERE"] }),
    audit: (file) => ["bundle", "verify", "bundle.json", "--signer", `@${file}`],
    python: (file) => ["--bundle", "bundle.json", "--signer", `@${file}`],
  },
  {
    kind: "network roots",
    wrap: inside({ format: "sealtrail-network-roots/1", roots: ["HERE"] }),
    audit: (file) => ["bundle", "verify", "bundle.json", "--network-root", `@${file}`],
    python: (file) => ["--bundle", "bundle.json", "--network-root", `@${file}`],
  },
];

const kindOf = (name: string) => kinds.find(({ kind }) => kind === name)!;

/** What only one kind of file has. */
const own: readonly [kind: string, what: string, make: Hostile["make"]][] = [
  ["proof", "siblings", (size) => JSON.stringify({ ...vectors("proof/good.json"), siblings: hashes(size) })],
  ["multiproof", "nodes", (size) => nodes(vectors("multiproof/good.json"), size, '["inner"]')],
  ["multiproof", "hashes", (size) => nodes(vectors("multiproof/good.json"), size, `["hash","${root}"]`)],
  [
    "multiproof",
    "keys",
    (size) => JSON.stringify({ ...vectors("multiproof/good.json"), keys: hashes(size).map((key) => ({ key })) }),
  ],
  ["multiproof", "an honest one", honestMultiproof],
  ["extension", "nodes", (size) => nodes(vectors("extension/good.json"), size, '["inner"]')],
  ["extension", "added", (size) => nodes(vectors("extension/good.json"), size, `["added","${root}","${root}"]`)],
  ["archive", "short lines", (size) => "0\n".repeat(size / 2)],
  ["archive", "leaves", leaves],
  ["export", "short lines", (size) => "0\n".repeat(size / 2)],
  ["export", "small events", (size) => exported(size, () => ({}))],
  [
    "export",
    "metadata of many values",
    (size) => exported(size, () => ({ metadata: { a: Array.from({ length: 30_000 }, () => 0) } })),
  ],
  ["export", "sessions", (size) => exported(size, (i) => ({ sessionId: `s${i}` }))],
  ["export", "holds", (size) => exported(size, hold)],
  ["export", "holds of many ranges", (size) => exported(size, (i) => hold(i, 1_000))],
  ["export", "claims", (size) => exported(size, claim)],
  ["export", "claims of many ranges", (size) => exported(size, (i) => claim(i, 1_000))],
  ["export", "checkpoints", (size) => exported(size, () => ({}), true)],
  ["export", "contents", (size) => exported(size, () => ({ content: "A".repeat(40_000) }))],
  ["ledger", "short lines", (size) => "0\n".repeat(size / 2)],
  ["ledger", "torn lines", (size) => '{"format":"sealtrail-ledger/1","number\n'.repeat(size / 39)],
  ["ledger", "empty lines", (size) => "\n".repeat(size)],
  ["ledger", "one line", (size) => "a".repeat(size)],
  ["ledger", "zeros", (size) => "\0".repeat(size)],
];

export function hostileInputs(): Hostile[] {
  // All kinds share one JSON reader: one kind has every value, the others those that cost most.
  const general = kinds.flatMap(({ kind, wrap, audit, python }) =>
    Object.entries(values)
      .filter(([what]) => kind === "bundle" || dear.has(what))
      .map(([what, make]) => ({ name: `${kind}: ${what}`, make: (size: number) => wrap(make(size)), audit, python })),
  );
  const special = own.map(([kind, what, make]) => ({ ...kindOf(kind), name: `${kind}: ${what}`, make }));
  return [...special, ...general];
}

/** A small file that the kinds which are read beside a bundle need. */
export const smallBundle = JSON.stringify(bundle);

const hashes = (size: number) => Array.from({ length: size / 67 }, (_, i) => hex(`${i}`));

function nodes(file: Json, size: number, node: string): string {
  return inside({ ...file, nodes: ["HERE"] })(many(size, () => node));
}

function honestMultiproof(size: number): string {
  const tree = new SparseMerkleTree();
  // As many keys as one proof may have: each is long where the file is to be large.
  const keys = Array.from({ length: Math.min(20_000, size / 900) }, (_, i) => Buffer.from(hex(`key ${i}`), "hex"));
  tree.insertLeaves(keys.map((key, i) => ({ key, value: key, tag: i + 1 })));
  return JSON.stringify(tree.proveMany(keys));
}

function leaves(size: number): string {
  const header = { format: "sealtrail-archive/1", tree: "ab".repeat(16), epoch: 0, previousRoot: "0".repeat(64), root };
  const pair = (i: number) => {
    const [raw, censored] = [hex(`raw ${i}`), hex(`censored ${i}`)];
    const timestamp = 1_767_600_000_000 + i;
    const place = {
      sequence: i + 1,
      id: idOf(i),
      timestamp,
      epoch: 0,
      chainPrev: null,
      rawHash: raw,
      censoredHash: censored,
    };
    const lines = [
      { key: raw, record: recordOf(place, "raw") },
      { key: censored, record: recordOf(place, "censored") },
    ];
    return lines.map((line) => JSON.stringify(line)).join("\n");
  };
  const lines = many(size, pair, "\n");
  const leafCount = lines.split("\n").length;
  return `${JSON.stringify({ ...header, leafCount, nodeCount: 1 })}\n${lines}\n["empty"]\n`;
}

const idOf = (i: number) => `019b8d2b-8fe8-7000-8000-${i.toString(16).padStart(12, "0")}`;
const ranges = (count: number) => Array.from({ length: count }, (_, i) => [2 * i + 1, 2 * i + 1]);

type Special = {
  metadata?: Json;
  sessionId?: string;
  type?: string;
  category?: string;
  source?: string;
  content?: string;
};

function hold(i: number, count = 1): Special {
  const what = { action: "hold", hold: `h${i}`, firstEvents: [hex(`${i}`)], ranges: ranges(count) };
  return { type: "system.retention", category: "system", source: "sealtrail", metadata: what };
}

function claim(i: number, count = 1): Special {
  const metadata = { ranges: i > 2 * count ? ranges(count) : [], rawKeysHash: root };
  return { type: "system.erasure", category: "system", source: "sealtrail", metadata };
}

/** A chain that holds, so that a verifier reads it to its end. Half of the first events are destroyed where claims come. */
function exported(size: number, special: (i: number) => Special, checkpoints = false): string {
  const genesis = {
    createdAt: "2026-01-05T08:00:00.000Z",
    epochDurationMs: 3_600_000,
    formats: ["sealtrail-event/1"],
    tree: "ab".repeat(16),
  };
  const header = {
    format: "sealtrail-export/1",
    exportedAt: genesis.createdAt,
    genesis,
    machineId: "m",
    filter: null,
    recomputable: true,
  };
  const destroys = special(0).type === "system.erasure";
  const salt = "11".repeat(32);
  const last = new Map<string, string>();
  let previousHash = bytesToHex(genesisHash(genesis));
  let sequence = 0;
  const line = (i: number): string => {
    const { metadata: given, content, ...more } = special(i);
    sequence = i + 1;
    const isGone = destroys && i < 2_000;
    const kind = isGone
      ? { type: "tool.result", category: "tool" }
      : { type: "tool.result", category: "tool", source: "s", ...more };
    const createdAt = genesis.createdAt;
    const left = { category: kind.category, createdAt, id: idOf(i), previousHash, sequence, type: kind.type };
    const plain = {
      ...left,
      ...kind,
      description: "",
      format: "sealtrail-event/1",
      machineId: "m",
      metadata: given ?? {},
    };
    const hash = content === undefined ? {} : { contentHash: root, contentLength: content.length };
    const event: Json = isGone ? left : { ...plain, ...hash };
    const rawHash = isGone ? hex(`gone ${i}`) : bytesToHex(rawKey(Buffer.from(salt, "hex"), jcs(event)));
    const censoredHash = bytesToHex(censoredKey({ category: left.category, createdAt, id: left.id, type: left.type }));
    const session = event.sessionId === undefined ? undefined : `${event.source} ${event.sessionId}`;
    const chainPrev = session === undefined ? null : (last.get(session) ?? null);
    if (session !== undefined) last.set(session, rawHash);
    const place = {
      sequence,
      id: left.id,
      timestamp: Date.parse(createdAt),
      epoch: 0,
      chainPrev,
      rawHash,
      censoredHash,
    };
    const rest = { rawHash, censoredHash, record: recordOf(place, "raw"), anchor: null };
    previousHash = rawHash;
    const text = JSON.stringify({
      event,
      ...(isGone ? { destroyed: true } : { salt }),
      ...rest,
      ...(content && { content }),
    });
    return checkpoints ? `${text}\n${JSON.stringify({ checkpoint: vectors("checkpoint/good.json") })}` : text;
  };
  const lines = many(size, line, "\n");
  const first = JSON.stringify({ ...header, content: special(0).content !== undefined, salts: false });
  return `${first}\n${lines}\n${JSON.stringify({ end: { events: sequence, lastSequence: sequence } })}\n`;
}
