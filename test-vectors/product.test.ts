// What the product hands out, as a stranger reads it: every kind of file that `audit` writes goes through verify.py.
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { bytesToHex, hexToBytes } from "@sealtrail/smt";
import { jcs } from "@sealtrail/smt/formats";
import { exportNdjson, prepare, redactionPolicy, Trail } from "@sealtrail/trail";
import { verifyExport } from "@sealtrail/verify";
import { rawKey } from "@sealtrail/verify/event";
import { beforeAll, describe, expect, test } from "vitest";
import { Home } from "../packages/cli/test/_run.ts";
import { folder, hasPython, python, runOn } from "./agree/run.ts";

const captures = (name: string): string => fileURLToPath(new URL(`../packages/trail/test/fixtures/${name}`, folder));
const home = new Home();
const file = (name: string): string => home.path(name);

async function audit(...argv: string[]): Promise<string> {
  const { code, out, err } = await home.audit(argv, { env: { SEALTRAIL_DB: file("audit.db"), NO_COLOR: "1" } });
  if (code !== 0) throw new Error(`audit ${argv.join(" ")}: exit ${code}\n${err}`);
  return out;
}

// biome-ignore lint/suspicious/noExplicitAny: the product's own JSON, whose shape verify.py checks
const json = (name: string): any => JSON.parse(readFileSync(file(name), "utf8"));

/** Events that were changed get the raw keys that they have now, as a dishonest keeper would give them. Without checkpoints. */
function rechained(lines: readonly string[]): string[] {
  const renamed = new Map<string, string>();
  return lines.flatMap((text) => {
    const line = JSON.parse(text);
    if (line.checkpoint !== undefined) return [];
    if (line.event === undefined) return [text];
    const { event, record, salt } = line;
    event.previousHash = renamed.get(event.previousHash) ?? event.previousHash;
    record.chainPrev = renamed.get(record.chainPrev) ?? record.chainPrev;
    if (salt !== undefined) {
      const key = bytesToHex(rawKey(hexToBytes(salt), jcs(event)));
      renamed.set(line.rawHash, key);
      line.rawHash = key;
    }
    return [JSON.stringify(line)];
  });
}

describe.skipIf(!hasPython())(
  "files of audit, checked by verify.py (needs python3, 3.9 or newer)",
  { timeout: 240_000 },
  () => {
    let key = "";
    let first = { root: "" };
    let events: { sequence: number; rawHash: string; sessionId?: string; contentHash?: string }[] = [];

    beforeAll(async () => {
      await audit("init", "--epoch", "1s");
      await audit("keygen");
      await audit(
        "setup",
        "--yes",
        "--anchor",
        "ledger",
        "--ledger-file",
        file("ledger.jsonl"),
        "--signing-key-file",
        file("signing.key"),
        "--hook",
        "none",
        "--timer",
        "none",
      );
      await audit("ingest", "claude-code", captures("claude-code/hooks.jsonl"));
      await audit("anchor", "now");
      first = JSON.parse(await audit("smt", "root", "--json"));
      const line = readFileSync(file("ledger.jsonl"), "utf8").split("\n")[0]!;
      key = JSON.parse(line).statement.proofs[0].id;
      // Past the first epoch's end, so that it can be frozen.
      await sleep(1_100);
      await audit("ingest", "codex", captures("codex/hooks.jsonl"));
      await audit("anchor", "now");
      events = (await audit("list", "--last", "1000", "--json"))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    }, 240_000);

    function verified(...args: string[]): string {
      const run = python(args);
      expect(run.status, run.out).toBe(0);
      return run.out;
    }

    test("inclusion, JSON and binary; exclusion", async () => {
      const { rawHash } = events[0]!;
      await audit("smt", "proof", rawHash, "--out", file("proof.json"));
      const { root, value } = json("proof.json");
      const ask = ["--root", root, "--key", rawHash, "--value", value];
      verified("--proof", file("proof.json"), ...ask);
      await audit("smt", "proof", rawHash, "--binary", "--out", file("proof.bin"));
      verified("--proof", file("proof.bin"), ...ask);
      const absent = "ab".repeat(32);
      await audit("smt", "proof", absent, "--out", file("absent.json"));
      verified("--proof", file("absent.json"), "--root", json("absent.json").root, "--key", absent);
    });

    test("a session's chain", async () => {
      const { sessionId } = events.find((event) => event.sessionId !== undefined)!;
      await audit("smt", "prove-session", sessionId!, "--out", file("session.json"));
      const { present } = JSON.parse(
        verified("--multiproof", file("session.json"), "--root", json("session.json").root),
      );
      const ours = events.filter((event) => event.sessionId === sessionId).map((event) => event.rawHash);
      expect(present.map((leaf: { key: string }) => leaf.key).sort()).toEqual(ours.sort());
    });

    test("extension", async () => {
      const { root } = JSON.parse(await audit("smt", "root", "--json"));
      await audit("smt", "extend", first.root, root, "--out", file("extension.json"));
      verified("--extension", file("extension.json"), "--old-root", first.root, "--root", root);
    });

    test("bundles of every level", async () => {
      const { sequence } = events.find((event) => event.contentHash !== undefined)!;
      for (const [name, ...level] of [["censored"], ["raw", "--raw"], ["content", "--raw", "--content"]] as const) {
        await audit("bundle", String(sequence), ...level, "--out", file(`${name}.json`));
        const run = python(["--bundle", file(`${name}.json`), "--signer", key]);
        // A ledger file is never more than attested.
        expect(run.out.trimEnd().split("\n").at(-1), run.out).toBe("attested");
        expect(run.out).not.toContain("failed");
        expect(run.out.includes("ok      content")).toBe(name === "content");
      }
    });

    test("the archive of an epoch", async () => {
      await audit("smt", "freeze", "--epoch", "0", "--archive", file("archive-{epoch}.jsonl"));
      const { root, previousRoot, leafCount } = JSON.parse(
        readFileSync(file("archive-0.jsonl"), "utf8").split("\n")[0]!,
      );
      expect(leafCount).toBeGreaterThan(0);
      verified("--archive", file("archive-0.jsonl"), "--old-root", previousRoot, "--root", root);
    });

    test("a whole export: every root again, and what was changed in it", async () => {
      await audit("erase", String(events[2]!.sequence), "--reason", "asked to", "--yes");
      const { root } = JSON.parse(await audit("smt", "root", "--json"));
      await audit("export", "ndjson", "--include-content", "--with-salts", "--out", file("export.ndjson"));
      const found = JSON.parse(verified("--export", file("export.ndjson")));
      expect(found.root).toBe(root);
      expect(found.events).toBeGreaterThan(events.length);

      const lines = readFileSync(file("export.ndjson"), "utf8").trimEnd().split("\n");
      // biome-ignore lint/suspicious/noExplicitAny: lines are changed at will
      const changed = (at: number, change: (line: any) => void): string[] => {
        const line = JSON.parse(lines[at]!);
        change(line);
        return lines.with(at, JSON.stringify(line));
      };
      const erased = lines.findIndex((line) => line.includes('"destroyed":true'));
      const erasure = lines.findIndex((line) => line.includes('"system.erasure"'));
      const withContent = lines.findIndex((line) => line.includes('"content":"'));
      const checkpoint = lines.findIndex((line) => line.startsWith('{"checkpoint"'));
      const wrong: [code: string, lines: string[]][] = [
        ["not-recomputable", changed(0, (line) => Object.assign(line, { filter: {}, recomputable: false }))],
        ["chain-broken", changed(0, (line) => (line.genesis.tree = "00".repeat(16)))],
        ["sequence-gap", lines.toSpliced(1, 1)],
        ["raw-key-differs", changed(1, (line) => (line.event.description += "."))],
        [
          "censored-key-differs",
          changed(
            1,
            (line) => (line.event.id = line.event.id.replace(/.$/, (last: string) => (last === "0" ? "1" : "0"))),
          ),
        ],
        ["record-differs", changed(1, (line) => line.record.epoch++)],
        ["session-chain-broken", changed(2, (line) => (line.record.chainPrev = null))],
        ["content-differs", changed(withContent, (line) => (line.content = "AAAA"))],
        ["root-differs", changed(checkpoint, (line) => (line.checkpoint.root = "12".repeat(32)))],
        ["checkpoint-broken", changed(checkpoint, (line) => line.checkpoint.version++)],
        ["raw-key-differs", changed(erasure, (line) => (line.event.metadata.rawKeysHash = "00".repeat(32)))],
        ["salt-missing", changed(1, (line) => delete line.contentSalt)],
        ["content-missing", changed(withContent, (line) => delete line.content)],
        ["bad-line", changed(withContent, (line) => (line.content = { length: 2 }))],
        ["bad-line", changed(1, (line) => (line.anchor = [{}]))],
        ["bad-line", changed(1, (line) => (line.event.sequence = 1.5))],
        ["bad-line", changed(1, (line) => (line.event.machineId += "x"))],
        ["bad-line", changed(0, (line) => (line.salts = false))],
        ["bad-line", changed(0, (line) => (line.content = false))],
        ["not-an-export", changed(0, (line) => (line.salts = 1))],
        ["not-an-export", changed(0, (line) => (line.exportedAt = "yesterday"))],
        ["not-an-export", lines.with(0, `\ufeff${lines[0]}`)],
        ["bad-line", lines.toSpliced(2, 0, "")],
        ["bad-line", [...lines, "", ""]],
        ["bad-line", changed(erased, (line) => (line.event.sequence += 0.5))],
        [
          "system-destroyed",
          changed(erasure, (line) => {
            for (const name of Object.keys(line.event)) {
              if (!["category", "createdAt", "id", "previousHash", "sequence", "type"].includes(name))
                delete line.event[name];
            }
            line.destroyed = true;
            delete line.contentSalt;
          }),
        ],
        ["bad-line", changed(erased, (line) => (line.event.description = "what was erased"))],
        ["truncated", lines.slice(0, -1)],
      ];
      const cases = wrong.map(([code, text]) => ({ name: code, text: text.join("\n"), expect: { ok: false, code } }));
      for (const { text, expect: wanted } of cases) {
        expect((await verifyExport(text.split("\n"))).findings[0]?.code).toBe(wanted.code);
      }
      expect(runOn(new Map([["export", cases]])).out).toBe(`${cases.length} cases agree, 0 differ\n`);
      verified("--export", file("export.ndjson"), "--known-root", `${found.events}:${root}`);
      expect(python(["--export", file("export.ndjson"), "--known-root", `1:${root}`]).out).toContain(
        "known-root-differs",
      );
    });

    test("an export of a pruned trail: what holds and rules did not allow is named, by both verifiers", async () => {
      const day = 86_400_000;
      let now = Date.UTC(2026, 0, 1);
      const trail = Trail.create(file("pruned.db"), { clock: () => now });
      const options = { source: "ndjson", redaction: redactionPolicy() } as const;
      for (let n = 1; n <= 12; n++) {
        const session = n % 3 === 0 ? {} : { sessionId: `s${n % 3}` };
        trail.append([prepare({ type: "tool.invoked", description: `day ${n}`, ...session }, options)]);
        now += day;
      }
      const [hold] = [trail.hold({ session: "s1" }), trail.hold({ range: [5, 5] })];
      trail.erase({ sequences: [9] });
      trail.prune({ maxAgeMs: 6 * day, floorMs: 5 * day });
      trail.release(hold.id);
      trail.prune({ maxAgeMs: 6 * day, floorMs: 5 * day });
      trail.append([prepare({ type: "tool.invoked", sessionId: "s1" }, options)]);
      trail.checkpoint();
      const lines = [...exportNdjson(trail, { exportedAt: "2026-02-01T00:00:00.000Z" })].map((line) => line.trimEnd());
      trail.close();
      const own = lines.flatMap((line, at) => (/"system\.(retention|erasure)"/.test(line) ? [at] : []));
      const [sessionHold, rangeHold, erasure, prune, release, latePrune] = own as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      // biome-ignore lint/suspicious/noExplicitAny: lines are changed at will
      const changed = (at: number, change: (metadata: any) => void): string[] => {
        const line = JSON.parse(lines[at]!);
        change(line.event.metadata);
        return rechained(lines.with(at, JSON.stringify(line)));
      };
      const second = lines.map((line) => JSON.parse(line)).find((line) => line.event?.sequence === 2).rawHash;
      const cases: [name: string, code: string | undefined, text: string[]][] = [
        ["as it is", undefined, lines],
        ["a range that was held", "destroyed-under-hold", changed(rangeHold, (m) => (m.ranges = [[2, 5]]))],
        ["a session that was held", "destroyed-under-hold", changed(sessionHold, (m) => (m.firstEvents = [second]))],
        ["erased while it was held", "destroyed-under-hold", changed(rangeHold, (m) => (m.ranges = [[9, 9]]))],
        ["a release of another hold", "destroyed-under-hold", changed(release, (m) => (m.hold = "another"))],
        ["a floor that was higher", "pruned-too-early", changed(prune, (m) => (m.floorMs = 300 * day))],
        ["an age that was higher", "pruned-too-early", changed(latePrune, (m) => (m.maxAgeMs = 300 * day))],
        ["no floor", "pruned-too-early", changed(prune, (m) => delete m.floorMs)],
        ["a fraction more than it is old", "pruned-too-early", changed(prune, (m) => (m.floorMs = 300 * day + 0.001))],
        ["a fraction of a millisecond", undefined, changed(prune, (m) => (m.floorMs = 1e-10))],
        [
          "two holds of one name, released once",
          undefined,
          changed(rangeHold, (m) => (m.ranges = [[300, 2 ** 53 - 1]])),
        ],
        ["a floor that is no number", "pruned-too-early", changed(prune, (m) => (m.floorMs = "0"))],
        [
          "by size, whatever the age rule says",
          undefined,
          changed(prune, (m) => Object.assign(m, { rule: "size", maxAgeMs: 300 * day })),
        ],
        ["nobody answers", "missing", changed(erasure, (m) => (m.rawKeysHash = "00".repeat(32)))],
      ];
      for (const [name, code, text] of cases) {
        const { findings } = await verifyExport(text);
        expect(findings[0]?.code, name).toBe(code);
      }
      const vectors = cases.map(([name, code, text]) => ({ name, text: text.join("\n"), code }));
      const bad = vectors.filter(({ code }) => code !== undefined);
      const run = runOn(new Map([["export", bad.map(({ code, ...of }) => ({ ...of, expect: { ok: false, code } }))]]));
      expect(run.out).toBe(`${bad.length} cases agree, 0 differ\n`);
      for (const { code, text } of vectors) {
        if (code !== undefined) continue;
        writeFileSync(file("pruned.ndjson"), `${text}\n`);
        verified("--export", file("pruned.ndjson"));
      }
    });

    test("the ledger file", async () => {
      const { lines } = JSON.parse(verified("--ledger", file("ledger.jsonl")));
      expect(lines).toBe(2);
    });
  },
);
