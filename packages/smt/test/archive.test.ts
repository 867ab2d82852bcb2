// Archives as files: cut into chunks anywhere, lines of any length, in bounded memory; and what only a careless caller does.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { archiveLines, linesOf, verifyArchive } from "../src/archive/index.js";
import { bytesToHex, hexToBytes } from "../src/formats/hex.js";
import { SparseMerkleTree } from "../src/index.js";
import { recordOf, recordValue } from "../src/tree/record.js";
import { oracle } from "./model.js";

const utf8 = (text: string) => new TextEncoder().encode(text);

function event(n: number) {
  const [rawHash, censoredHash] = ["raw", "censored"].map((kind) => bytesToHex(oracle.path(utf8(`${kind} ${n}`)))) as [
    string,
    string,
  ];
  const id = `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`;
  const place = { sequence: n, id, timestamp: n, epoch: n > 50 ? 1 : 0, chainPrev: null, rawHash, censoredHash };
  return [
    { key: rawHash, record: recordOf(place, "raw") },
    { key: censoredHash, record: recordOf(place, "censored") },
  ];
}

const tree = new SparseMerkleTree();
for (let n = 1; n <= 120; n++) {
  for (const { key, record } of event(n)) tree.insert(hexToBytes(key), recordValue(record));
  if (n === 50 || n === 120) tree.commit();
}
const leaves = Array.from({ length: 70 }, (_, i) => event(51 + i)).flat();
const [older, newer] = [tree.reader(1), tree.reader(2)];
const ask = { previousRoot: tree.rootAt(1), root: tree.rootAt(2) };
const lines = [...archiveLines({ tree: "ab".repeat(16), epoch: 1, older, newer, leaves })];
const good = { ok: true, leaves: 140, firstSequence: 51, lastSequence: 120, epoch: 1, tree: "ab".repeat(16) };

describe("archives", () => {
  it("verify from lines of text or bytes, from arrays and streams", async () => {
    expect(await verifyArchive(lines, ask)).toEqual(good);
    expect(await verifyArchive(lines.map(utf8), ask)).toEqual(good);
    async function* stream() {
      yield* lines;
    }
    expect(await verifyArchive(stream(), ask)).toEqual(good);
  });

  it("hold a first epoch from the empty tree", async () => {
    const first = Array.from({ length: 50 }, (_, i) => event(1 + i)).flat();
    const nothing = new SparseMerkleTree();
    const made = archiveLines({
      tree: "ab".repeat(16),
      epoch: 0,
      older: nothing.reader(),
      newer: older,
      leaves: first,
    });
    expect(await verifyArchive(made, { previousRoot: new Uint8Array(32), root: tree.rootAt(1) })).toMatchObject({
      ok: true,
      leaves: 100,
    });
  });

  it("are the same however the file is cut into chunks", async () => {
    const file = utf8(`${lines.join("\n")}\n`);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(file.length), { maxLength: 30 }), async (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), file.length];
        const chunks = at.slice(1).map((end, i) => file.subarray(at[i]!, end));
        expect(await verifyArchive(linesOf(chunks), ask)).toEqual(good);
      }),
      { numRuns: 50 },
    );
  });

  it("name the line of the first fault", async () => {
    const changed = lines.with(7, lines[7]!.replace('"epoch":1', '"epoch":2'));
    expect(await verifyArchive(changed, ask)).toEqual({ ok: false, code: "wrong-epoch", line: 8 });
  });

  it("stop at a line without end, having read little of it", async () => {
    let read = 0;
    function* endless() {
      yield utf8(`${lines[0]}\n`);
      for (;;) {
        read++;
        yield new Uint8Array(16_384).fill(0x20);
      }
    }
    expect(await verifyArchive(linesOf(endless()), ask)).toEqual({ ok: false, code: "line-too-long", line: 2 });
    expect(read).toBeLessThan(10);
  });

  it("cannot be made from leaves that are not the new ones", () => {
    const make = (list: typeof leaves) => [
      ...archiveLines({ tree: "ab".repeat(16), epoch: 1, older, newer, leaves: list }),
    ];
    expect(() => make(leaves.slice(2))).toThrow(RangeError);
    expect(() => make([...leaves, ...event(121)])).toThrow(RangeError);
    expect(() => make([...leaves, leaves[0]!])).toThrow(RangeError);
    expect(() => make(leaves.with(0, { ...leaves[0]!, record: leaves[1]!.record }))).toThrow(RangeError);
    expect(() => [
      ...archiveLines({ tree: "ab".repeat(16), epoch: 1, older: newer, newer: older, leaves: [] }),
    ]).toThrow(RangeError);
  });

  it("need roots of 32 bytes from the caller", async () => {
    await expect(verifyArchive(lines, { ...ask, root: new Uint8Array(31) })).rejects.toThrow(TypeError);
  });
});
