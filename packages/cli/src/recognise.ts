/** Tells what one of our files is and what it claims, from its bytes. Only its shape is checked. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { JsonValue } from "@sealtrail/smt/formats";
import { formatMember } from "./format-member.js";
import { INPUT_LIMIT, readHead } from "./input.js";
import type { Io } from "./io.js";
import { clean, count, localTimeZone } from "./text.js";

export interface Described {
  /** The format's name, or what the file is. */
  readonly format: string;
  readonly what: string;
  /** What the file claims; not checked. */
  readonly claims: readonly (readonly [name: string, value: string])[];
  /** How to check it. */
  readonly check: string;
}

type Members = { readonly [name: string]: JsonValue };
type Describe = (members: Members, file: string) => Described;

const isMembers = (value: JsonValue | undefined): value is { [name: string]: JsonValue } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function said(value: JsonValue | undefined): string {
  if (value === undefined) return "not said";
  return clean(typeof value === "string" ? value : JSON.stringify(value));
}

/** `name: value` of the members that are present. */
function named(members: Members, names: readonly (readonly [member: string, name: string])[]): [string, string][] {
  return names
    .filter(([member]) => Object.hasOwn(members, member))
    .map(([member, name]) => [name, said(members[member])]);
}

const lengthOf = (value: JsonValue | undefined): string => (Array.isArray(value) ? count(value.length) : "no list");

function describeRecord(record: JsonValue | undefined): [string, string][] {
  if (!isMembers(record)) return [];
  const at = typeof record.timestamp === "number" ? localTimeZone(record.timestamp) : said(record.timestamp);
  return [
    ["event", said(record.eventId)],
    ["leaf", `${said(record.hashType)}, number ${said(record.seqNo)}`],
    ["made", at],
  ];
}

function describeCheckpoint(members: Members): [string, string][] {
  return named(members, [
    ["tree", "tree"],
    ["version", "version"],
    ["root", "root"],
    ["leafCount", "leaves"],
    ["lastSequence", "up to sequence"],
    ["createdAt", "made (by the operator's clock)"],
    ["lastSigned", "newest signed version before it"],
  ]);
}

function describeBundle(format: string, m: Members, file: string): Described {
  const disclosure = isMembers(m.disclosure)
    ? said(m.disclosure.level ?? m.disclosure.type ?? m.disclosure.kind)
    : said(m.disclosure);
  const event = isMembers(m.restarted) && isMembers(m.restarted.event) ? m.restarted.event : undefined;
  return {
    format,
    what: "an evidence bundle of one event",
    claims: [
      ["disclosure", disclosure],
      ...(isMembers(m.checkpoint) ? describeCheckpoint(m.checkpoint) : []),
      ["anchor", isMembers(m.anchor) ? "there is one" : "none"],
      ...(event === undefined
        ? []
        : ([["restarted", `the trail took the place of another one: ${said(event.metadata)}`]] as const)),
    ],
    check: `audit verify ${file} --signer KEY --network-root NETWORK:ROOT`,
  };
}

const KNOWN: Record<string, Describe> = {
  "smt-proof/1": (m, file) => ({
    format: "smt-proof/1",
    what: m.type === "exclusion" ? "a proof that a key is not in a tree" : "a proof that a key is in a tree",
    claims: [
      ...named(m, [
        ["key", "key"],
        ["value", "value"],
        ["root", "root"],
      ]),
      ...describeRecord(m.record),
    ],
    check: `audit verify ${file} --root ROOT, with a root that you have from elsewhere`,
  }),
  "smt-multiproof/1": (m, file) => ({
    format: "smt-multiproof/1",
    what: "a proof of many keys under one root",
    claims: [
      ["keys", lengthOf(m.keys)],
      ["root", said(m.root)],
    ],
    check: `audit verify ${file} --root ROOT, with a root that you have from elsewhere`,
  }),
  "smt-extension/1": (m, file) => ({
    format: "smt-extension/1",
    what: "a proof that a later root still holds everything of an earlier one",
    claims: [
      ...named(m, [
        ["oldRoot", "earlier root"],
        ["newRoot", "later root"],
      ]),
      ["nodes", lengthOf(m.nodes)],
    ],
    check: `audit verify ${file} --previous-root OLDROOT --root NEWROOT, with roots that you have from elsewhere`,
  }),
  "sealtrail-checkpoint/1": (m, file) => ({
    format: "sealtrail-checkpoint/1",
    what: "a checkpoint: a version of a trail's tree, and through it of the whole log up to there",
    claims: describeCheckpoint(m),
    check: `audit verify --known-checkpoint @${file}, on the trail that it is of`,
  }),
  "sealtrail-kept/1": (m, file) => ({
    format: "sealtrail-kept/1",
    what: "what an auditor keeps: a trail's checkpoint and its newest anchor",
    claims: [
      ...(isMembers(m.checkpoint) ? describeCheckpoint(m.checkpoint) : []),
      ["anchor", isMembers(m.anchor) ? `on ${said(m.anchor.network)}, ${said(m.anchor.status)}` : "none"],
    ],
    check: `audit verify --known-checkpoint @${file}, on the trail that it is of`,
  }),
  "sealtrail-archive/1": (m, file) => ({
    format: "sealtrail-archive/1",
    what: "an archive: every leaf of one epoch, with proof that none is left out",
    claims: named(m, [
      ["tree", "tree"],
      ["epoch", "epoch"],
      ["previousRoot", "root before"],
      ["root", "root"],
      ["leafCount", "leaves"],
    ]),
    check: `audit verify ${file} --root ROOT --previous-root ROOT`,
  }),
  "sealtrail-bundle/1": (m, file) => describeBundle("sealtrail-bundle/1", m, file),
  "sealtrail-bundle/2": (m, file) => describeBundle("sealtrail-bundle/2", m, file),
  "sealtrail-signers/1": (m) => ({
    format: "sealtrail-signers/1",
    what: "whose signatures count, for which versions",
    claims: [["signers", lengthOf(m.signers)]],
    check: "ask the operator by another way than this file; then audit verify BUNDLE --signer @FILE",
  }),
  "sealtrail-ledger/1": (m, file) => {
    const content = isMembers(m.statement) && isMembers(m.statement.content) ? m.statement.content : {};
    return {
      format: "sealtrail-ledger/1",
      what: "a ledger file: signed anchor statements, a line each, every line chained to the one before",
      claims: [
        ["first line of root", said(content.documentRef)],
        ["written", said(m.at)],
      ],
      check: `audit verify ${file} --signer KEY; audit verify alone compares it with its trail`,
    };
  },
  "sealtrail-export/1": (m, file) => ({
    format: "sealtrail-export/1",
    what: "an export of a trail's log",
    claims: [
      ...(isMembers(m.genesis)
        ? named(m.genesis, [
            ["tree", "tree"],
            ["createdAt", "trail made"],
          ])
        : []),
      ["exported", said(m.exportedAt)],
      [
        "whole",
        m.recomputable === true ? "yes: every root can be recomputed" : "no: filtered, so no root can be recomputed",
      ],
      ["contents", m.content === true ? "with them" : "without"],
      ["salts", m.salts === true ? "with them: whoever has it can check, and guess at, what was said" : "without"],
    ],
    check: `audit verify ${file}`,
  }),
  "sealtrail-key-change/1": (m) => ({
    format: "sealtrail-key-change/1",
    what: "a change of a trail's signing key",
    claims: named(m, [
      ["kind", "kind"],
      ["oldKey", "old key"],
      ["newKey", "new key"],
      ["fromVersion", "from version"],
    ]),
    check: "audit key signers, on the trail that it is of",
  }),
  "sealtrail-network-roots/1": (m) => ({
    format: "sealtrail-network-roots/1",
    what: "roots that a network published",
    claims: [["roots", lengthOf(m.roots)]],
    check: "compare them with what the network itself shows; then audit verify BUNDLE --network-root @FILE",
  }),
  "sealtrail-config/1": () => ({
    format: "sealtrail-config/1",
    what: "a configuration file",
    claims: [],
    check: "audit help environment lists what may stand in it",
  }),
};

/** Most bytes of a first line that are read. */
const FIRST_LINE = 65_536;

/** A file of one JSON value that is longer is recognised by its `format` alone. */
const PARSED_AT_ONCE = 1024 * 1024;
const NOT_PARSED = { ok: false, code: "not-json" } as const;

const KEY: Described = {
  format: "key",
  what: "64 hex characters: a signing or wallet key, or a hash. If it is a key, nobody else may read this file",
  claims: [],
  check: "nothing of it is shown here; audit key signers prints the public key of the trail's own",
};

const SQLITE = "SQLite format 3\0";
/** Where SQLite keeps the application's own id, and ours: "STrl". */
const APPLICATION_ID_AT = 68;
const APPLICATION_ID = 0x5354726c;

function describeDatabase(head: Uint8Array, file: string): Described {
  const id = new DataView(head.buffer, head.byteOffset).getUint32(APPLICATION_ID_AT);
  return id === APPLICATION_ID
    ? {
        format: "trail",
        what: "a trail: log, tree and checkpoints in one SQLite database",
        claims: [],
        check: `audit verify ${file}`,
      }
    : { format: "sqlite", what: "an SQLite database, but no trail", claims: [], check: "nothing of ours to check" };
}

/** `audit smt proof --binary` (formats.md, section 3): without a format's name, so the whole length has to fit. */
function describeBinary(bytes: Uint8Array, file: string): Described | undefined {
  const [kind = 0, high = 0, low = 0] = bytes;
  const depth = 256 * high + low;
  if (kind < 1 || kind > 3 || bytes.length < 3 || depth > 256) return undefined;
  const bitmapAt = kind === 3 ? 67 : 3;
  const bitmap = bytes.subarray(bitmapAt, bitmapAt + Math.ceil(depth / 8));
  let siblings = 0;
  for (const byte of bitmap) for (let bit = 1; bit < 256; bit *= 2) if (byte & bit) siblings++;
  if (bytes.length !== bitmapAt + Math.ceil(depth / 8) + 32 * siblings) return undefined;
  return {
    format: "binary smt-proof/1",
    what: kind === 1 ? "a proof that a key is in a tree" : "a proof that a key is not in a tree",
    claims: [
      ["depth", count(depth)],
      ["siblings", count(siblings)],
    ],
    check: `audit verify ${file} --root ROOT --key KEY${kind === 1 ? " --value VALUE" : ""}: they go beside it`,
  };
}

const REJECT = ["input", "length", "line", "offset", "reason", "source"];

/** The rejects file is for people: its lines name no format and are recognised by their members. */
function describeRejects(m: Members): Described | undefined {
  const names = Object.keys(m);
  if (m.reason === undefined || m.line === undefined || !names.every((name) => REJECT.includes(name))) return undefined;
  return {
    format: "rejects",
    what: "lines that audit ingest refused: where they stand and why, never what they say",
    claims: named(m, [
      ["source", "first one of"],
      ["input", "file"],
      ["line", "line"],
      ["reason", "reason"],
    ]),
    check: "mend the lines in their file, then ingest it again: what is in already adds nothing",
  };
}

export type Unrecognised = { readonly ok: false; readonly code: string };
export type Recognised = { readonly ok: true; readonly found: Described };

const memberOf = (value: JsonValue, name: string): JsonValue | undefined =>
  isMembers(value) && Object.hasOwn(value, name) ? value[name] : undefined;

/** What the bytes are. `file` is how the commands that check it name it. Of a long file its first 16 MiB are enough: archives,
 * exports and ledgers are JSON Lines, and their first line says what they are. */
export async function recognise(bytes: Uint8Array, file: string): Promise<Recognised | Unrecognised> {
  const { parseStrict } = await import("@sealtrail/smt/formats");
  if (bytes.length >= 100 && new TextDecoder("latin1").decode(bytes.subarray(0, 16)) === SQLITE)
    return { ok: true, found: describeDatabase(bytes, file) };
  const binary = describeBinary(bytes, file);
  if (binary) return { ok: true, found: binary };
  if (/^[0-9a-f]{64}\s*$/i.test(new TextDecoder("latin1").decode(bytes.subarray(0, 80))))
    return { ok: true, found: KEY };
  let parsed = bytes.length > PARSED_AT_ONCE ? NOT_PARSED : parseStrict(bytes);
  if (!parsed.ok) {
    const first = lineAt(bytes, 0, parseStrict);
    // What a write left behind that never finished may stand before a ledger's first entry.
    if (first?.ok) parsed = first;
    else if (first !== undefined) {
      const second = lineAt(bytes, bytes.indexOf(10) + 1, parseStrict);
      if (second?.ok && memberOf(second.value, "format") === "sealtrail-ledger/1") parsed = second;
    }
  }
  if (parsed === NOT_PARSED) {
    const format = formatMember(bytes);
    if (format === undefined || !Object.hasOwn(KNOWN, format)) return { ok: false, code: "unknown-format" };
    return {
      ok: true,
      found: { ...KNOWN[format]!({ format }, file), claims: [["size", "too long to show what it claims"]] },
    };
  }
  if (!parsed.ok) return parsed;
  const { value } = parsed;
  const format = memberOf(value, "format");
  const known = typeof format === "string" && Object.hasOwn(KNOWN, format) ? KNOWN[format] : undefined;
  if (known !== undefined && isMembers(value)) return { ok: true, found: known(value, file) };
  const rejects = isMembers(value) && format === undefined ? describeRejects(value) : undefined;
  return rejects ? { ok: true, found: rejects } : { ok: false, code: "unknown-format" };
}

/** The line that begins there; undefined where it has no end, or is too long to be a first line of ours. */
function lineAt<T>(bytes: Uint8Array, at: number, parse: (line: Uint8Array) => T): T | undefined {
  const end = bytes.indexOf(10, at);
  return end > at && end - at <= FIRST_LINE ? parse(bytes.subarray(at, end)) : undefined;
}

/** Bytes at the beginning of a file that are read to find its source. */
const HOST_HEAD = 1 << 20;

/**
 * As `recognise`, and recognises files of agent hosts too. Not for a file that may be altered evidence, because hosts' lines
 * are recognised by few marks.
 */
export async function recogniseAny(bytes: Uint8Array, file: string): Promise<Recognised | Unrecognised> {
  const answer = await recognise(bytes, file);
  if (answer.ok) return answer;
  const { LineSplitter, recogniseLines } = await import("@sealtrail/trail/ingest");
  const splitter = new LineSplitter();
  const lines = [...splitter.push(bytes.subarray(0, HOST_HEAD))];
  const last = splitter.end();
  const { source } = recogniseLines(last === undefined ? lines : [...lines, last]);
  if (source === undefined) return answer;
  const what = "lines that an agent host wrote, to be taken in";
  return { ok: true, found: { format: source, what, claims: [], check: `audit ingest ${source} ${file}` } };
}

/** What a regular file is, for an error message; undefined where there is no such file, or its kind is not known. */
export async function whatIs(io: Io, name: string): Promise<Described | undefined> {
  try {
    if (!statSync(resolve(io.cwd, name)).isFile()) return undefined;
    const answer = await recogniseAny(readHead(io, name, INPUT_LIMIT), name);
    return answer.ok ? answer.found : undefined;
  } catch {
    // The file cannot be read. The error message then goes without this hint.
    return undefined;
  }
}
