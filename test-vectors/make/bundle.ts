// Evidence bundles: every disclosure, anchored and not, with what the reader trusts and without; and mutations, each with the
// check that names it.

import { hexToBytes, type Proof } from "@sealtrail/smt";
import { type Checkpoint, checkpointHash } from "@sealtrail/smt/checkpoint";
import { proveExtension } from "@sealtrail/smt/prover";
import { type Bundle, type BundleDisclosure, makeBundle } from "@sealtrail/verify/bundle";
import { nodeDigest } from "@sealtrail/verify/signing";
import type { AnchorPart, Network } from "@sealtrail/verify/statement";
import { batch, highTwin, otherId, otherKey, signerId, signerKey, statement } from "./anchor.ts";
import { line } from "./checkpoint.ts";
import { type Case, changed, clone, fixedHex, flip, type Json } from "./common.ts";
import { restartedBundles } from "./restarted.ts";
import { contentOf, contentSaltOf, eventOf, leavesOf, treeAfter } from "./trail.ts";

const at = (version: number): Checkpoint => line[version - 1]!;

function proofOf(n: number, which: 0 | 1, checkpoint: Checkpoint, record: boolean): Proof {
  const leaf = leavesOf(n)[which]!;
  const proof = clone(treeAfter(checkpoint.lastSequence).prove(hexToBytes(leaf.key)));
  return record ? { ...proof, record: leaf.record } : proof;
}

function anchorOf(
  checkpoint: Checkpoint,
  network: Network,
  size: number | undefined,
  key = signerKey,
): { anchor: AnchorPart; root: string } {
  const signed = statement(checkpoint, key);
  const { networkProof, root } = batch(signed.hash, size ?? 1);
  const anchor: AnchorPart = {
    ...signed,
    network,
    status: size ? "finalized" : "accepted",
    ...(size ? { networkProof } : {}),
  };
  return { anchor, root };
}

interface Wanted {
  level: "raw" | "content" | "censored" | "bare" | "none";
  event: number;
  version: number;
  /** The version that carries the anchor. */
  anchored?: number;
  network?: Network;
  /** How many fingerprints the network's batch has; absent while it gave no proof. */
  batch?: number;
}

function bundleOf({ level, event, version, anchored, network = "mainnet", batch: size }: Wanted): {
  bundle: Bundle;
  root: string;
} {
  const checkpoint = at(version);
  const raw = level === "raw" || level === "content";
  const body = eventOf(event);
  const disclosure: BundleDisclosure = raw
    ? {
        level: "raw",
        event: body,
        contentSalt: contentSaltOf(event),
        ...(level === "content" ? { content: contentOf(event) } : {}),
      }
    : level === "none"
      ? { level }
      : { level: "censored", event: body };
  const carries = anchored === undefined ? undefined : at(anchored);
  const made = carries && anchorOf(carries, network, size);
  const later = carries && carries.version > version ? carries : undefined;
  const bundle = makeBundle({
    disclosure,
    proof: proofOf(
      event,
      level === "censored" || level === "bare" ? 1 : 0,
      checkpoint,
      level !== "bare" && level !== "none",
    ),
    ...(raw ? { censoredProof: proofOf(event, 1, checkpoint, true) } : {}),
    checkpoint,
    ...(later
      ? {
          anchored: later,
          extension: proveExtension(
            treeAfter(checkpoint.lastSequence).reader(),
            treeAfter(later.lastSequence).reader(),
          ),
        }
      : {}),
    ...(made ? { anchor: made.anchor } : {}),
  });
  return { bundle, root: made?.root ?? "" };
}

type Check = "ok" | string;

/** What the checks come to: `ok`, `code` of a failed one, or `-code` of an absent one. All others stand as they would in a good bundle. */
function report(bundle: Bundle, verdict: string, checks: { [name: string]: Check }, rest: Json = {}): Json {
  const absent = "-not-in-bundle";
  const raw = bundle.disclosure.level === "raw";
  const record = bundle.proof.record ? "ok" : absent;
  const anchor = bundle.anchor ? "ok" : absent;
  const usual: { [name: string]: Check } = {
    schema: "ok",
    disclosure: bundle.disclosure.level === "none" ? absent : "ok",
    content: raw && (bundle.disclosure as Json).content !== undefined ? "ok" : absent,
    pair: raw ? "ok" : absent,
    record,
    position: record,
    inclusion: "ok",
    checkpoint: "ok",
    count: "ok",
    extension: bundle.extension ? "ok" : absent,
    "anchor-reference": anchor,
    signature: anchor,
    signer: bundle.anchor ? "-signer-unknown" : absent,
    "network-proof": bundle.anchor?.networkProof ? "ok" : absent,
    "network-root": bundle.anchor?.networkProof ? "-root-unknown" : absent,
    equivocation: bundle.anchored ? "ok" : absent,
    ...checks,
  };
  return {
    verdict,
    checks: Object.fromEntries(
      Object.entries(usual).map(([name, check]) => [
        name,
        check === "ok"
          ? { status: "ok" }
          : check.startsWith("-")
            ? { status: "absent", code: check.slice(1) }
            : { status: "failed", code: check },
      ]),
    ),
    provenBefore: null,
    claimedAt: (bundle.anchored ?? bundle.checkpoint).createdAt,
    ...rest,
  };
}

/** The answer to a file whose shape does not hold. */
function broken(code: string): Json {
  const names = [
    "disclosure",
    "content",
    "pair",
    "record",
    "position",
    "inclusion",
    "checkpoint",
    "count",
    "extension",
    "anchor-reference",
    "signature",
    "signer",
    "network-proof",
    "network-root",
    "equivocation",
  ];
  const rest = Object.fromEntries(names.map((name) => [name, { status: "absent", code: "not-reached" }]));
  return {
    verdict: "invalid",
    checks: { schema: { status: "failed", code }, ...rest },
    provenBefore: null,
    claimedAt: null,
  };
}

const nobody = { signers: [], networkRoots: [] };
const signer = (fromVersion = 1, untilVersion?: number, publicKey = signerId) => ({
  publicKey,
  fromVersion,
  ...(untilVersion ? { untilVersion } : {}),
});

function goods(): Case[] {
  const cases: Case[] = [];
  const add = (name: string, bundle: Bundle, ask: Json, expect: Json) =>
    cases.push({ name, input: bundle, ask, expect });
  for (const level of ["raw", "content", "censored", "bare", "none"] as const) {
    const { bundle } = bundleOf({ level, event: 12, version: 4 });
    add(`${level}, not anchored`, bundle, nobody, report(bundle, "unanchored", {}));
  }
  const first = bundleOf({ level: "raw", event: 1, version: 1 }).bundle;
  add("first event, first checkpoint, not anchored", first, nobody, report(first, "unanchored", {}));

  for (const level of ["content", "censored"] as const) {
    for (const [where, wanted] of [
      ["the checkpoint itself", { version: 4, anchored: 4 }],
      ["a later checkpoint", { version: 3, anchored: 6 }],
    ] as const) {
      const { bundle, root } = bundleOf({ level, event: 8, ...wanted, batch: 17 });
      const name = `${level}, anchor of ${where}`;
      const trusted = {
        signers: [signer()],
        networkRoots: [{ network: "mainnet", root, finalizedAt: "2026-03-01T18:00:00.000Z" }],
      };
      add(`${name}, nothing given`, bundle, nobody, report(bundle, "untrusted", {}));
      add(
        `${name}, signer given`,
        bundle,
        { ...trusted, networkRoots: [] },
        report(bundle, "attested", { signer: "ok" }),
      );
      add(
        `${name}, signer and root given`,
        bundle,
        trusted,
        report(bundle, "valid", { signer: "ok", "network-root": "ok" }, { provenBefore: "2026-03-01T18:00:00.000Z" }),
      );
      add(
        `${name}, only the root given`,
        bundle,
        { ...trusted, signers: [] },
        report(bundle, "untrusted", { "network-root": "ok" }, { provenBefore: "2026-03-01T18:00:00.000Z" }),
      );
    }
  }
  const { bundle, root } = bundleOf({ level: "censored", event: 30, version: 5 + 1, anchored: 6, batch: 3 });
  const mine = { network: "mainnet", root };
  const valid = report(bundle, "valid", { signer: "ok", "network-root": "ok" });
  const attested = report(bundle, "attested", { signer: "ok" });
  const untrusted = report(bundle, "untrusted", {});
  add("root without a time", bundle, { signers: [signer()], networkRoots: [mine] }, valid);
  add(
    "root of another network",
    bundle,
    { signers: [signer()], networkRoots: [{ ...mine, network: "integration" }] },
    attested,
  );
  add("another root", bundle, { signers: [signer()], networkRoots: [{ ...mine, root: flip(root) }] }, attested);
  add(
    "the root among others",
    bundle,
    {
      signers: [signer(1, 2, otherId), signer()],
      networkRoots: [{ ...mine, root: flip(root), finalizedAt: "x" }, mine, { ...mine, finalizedAt: "y" }],
    },
    { ...valid, provenBefore: "y" },
  );
  add("signer's range ends with this version", bundle, { signers: [signer(6, 6)], networkRoots: [] }, attested);
  add(
    "signer's range ended before",
    bundle,
    { signers: [signer(1, 5)], networkRoots: [mine] },
    report(bundle, "untrusted", { "network-root": "ok" }),
  );
  add("signer's range begins later", bundle, { signers: [signer(7)], networkRoots: [] }, untrusted);
  add("another signer", bundle, { signers: [signer(1, undefined, otherId)], networkRoots: [] }, untrusted);
  add(
    "the caller has the same checkpoint",
    bundle,
    { ...nobody, checkpoints: [at(6)] },
    report(bundle, "untrusted", { equivocation: "ok" }),
  );
  add(
    "the caller has the line",
    bundle,
    { ...nobody, checkpoints: line },
    report(bundle, "untrusted", { equivocation: "ok" }),
  );
  add(
    "the caller has a checkpoint of another tree",
    bundle,
    { ...nobody, checkpoints: [{ ...at(6), tree: fixedHex("other").slice(0, 32), root: fixedHex("r") }] },
    report(bundle, "untrusted", { equivocation: "ok" }),
  );
  const twin = changed(bundle, (b) => {
    b.anchor.proofs[0].signature = highTwin(b.anchor.proofs[0].signature);
  });
  add("high S", twin, { signers: [signer()], networkRoots: [mine] }, valid);
  const accepted = bundleOf({ level: "censored", event: 30, version: 6, anchored: 6 }).bundle;
  add(
    "accepted, the network has no proof yet",
    accepted,
    { signers: [signer()], networkRoots: [mine] },
    report(accepted, "attested", { signer: "ok" }),
  );
  const ledger = bundleOf({ level: "censored", event: 30, version: 6, anchored: 6, network: "ledger" }).bundle;
  add("ledger file", ledger, { signers: [signer()], networkRoots: [] }, report(ledger, "attested", { signer: "ok" }));
  const odd = { ...ledger, anchor: { ...ledger.anchor, networkProof: bundle.anchor!.networkProof } } as Bundle;
  add(
    "ledger file with a network's proof",
    odd,
    { signers: [signer()], networkRoots: [{ ...mine, network: "ledger" }] },
    report(odd, "attested", { signer: "ok", "network-proof": "-ledger-file", "network-root": "-not-in-bundle" }),
  );
  const unknown = changed(bundle, (b) => {
    const { witness } = b.anchor.networkProof;
    witness[0].contents.dataDigest = flip(witness[0].contents.dataDigest);
    for (let i = 1, depth = 0; i < witness.length; i++) {
      const digest = nodeDigest(witness[i - 1]);
      const { contents, type } = witness[i];
      depth = witness
        .slice(i + 1)
        .reduce((sum: number, node: Json) => sum + (node.type === "Branch" ? 1 : node.contents.shared.length), 0);
      if (type === "Branch") contents.pathsDigest[b.anchor.networkProof.path[depth]] = digest;
      else contents.childDigest = digest;
    }
  });
  add(
    "the network's leaf holds another digest",
    unknown,
    { signers: [signer()], networkRoots: [mine] },
    report(bundle, "attested", {
      signer: "ok",
      "network-proof": "-data-digest-unknown",
      "network-root": "-not-reached",
    }),
  );
  return cases;
}

function hostile(): Case[] {
  const cases: Case[] = [];
  const { bundle, root } = bundleOf({ level: "content", event: 8, version: 3, anchored: 6, batch: 17 });
  const trusted = {
    signers: [signer()],
    networkRoots: [{ network: "mainnet", root, finalizedAt: "2026-03-01T18:00:00.000Z" }],
  };
  const full = { signer: "ok", "network-root": "ok" };
  const time = {};
  const add = (
    name: string,
    checks: { [name: string]: Check },
    change: (copy: Json) => void,
    rest: Json = time,
    ask: Json = trusted,
  ) => {
    const input = changed(bundle, change);
    cases.push({ name, input, ask, expect: report(input, "invalid", { ...full, ...checks }, rest) });
  };
  const schema = (name: string, code: string, change: (copy: Json) => void) =>
    cases.push({ name: `schema: ${name}`, input: changed(bundle, change), ask: trusted, expect: broken(code) });

  // What is shown.
  for (const member of ["description", "sessionId", "metadata", "occurredAt", "userId"] as const)
    add(`event's ${member} changed`, { disclosure: "disclosure-mismatch" }, (b) => {
      b.disclosure.event[member] =
        member === "metadata" ? {} : member === "occurredAt" ? "2026-03-01T00:00:00.000Z" : "another";
    });
  // The object and the array are values too.
  const withValues = (count: number): Json => {
    const input = changed(bundle, (b) => {
      b.disclosure.event.metadata = { a: ["HERE"] };
    });
    const [before, after] = JSON.stringify(input).split('"HERE"') as [string, string];
    const zeros = ["0,", count - 3];
    return { parts: [[before, 1], zeros, [`0${after}`, 1]], ask: trusted };
  };
  cases.push(
    {
      name: "an event of as many values as one may have",
      ...withValues(100_000),
      expect: report(bundle, "invalid", { ...full, disclosure: "disclosure-mismatch" }, time),
    },
    { name: "an event of one value more", ...withValues(100_001), expect: broken("bad-field") },
  );
  add(
    "event's time changed",
    { disclosure: "disclosure-mismatch", record: "record-disagrees", pair: "pair-mismatch" },
    (b) => {
      b.disclosure.event.createdAt = "2026-03-01T11:12:00.001Z";
    },
  );
  add("event's sequence changed", { disclosure: "disclosure-mismatch", record: "record-disagrees" }, (b) => {
    b.disclosure.event.sequence++;
  });
  add(
    "event's id changed",
    { disclosure: "disclosure-mismatch", record: "record-disagrees", pair: "pair-mismatch" },
    (b) => {
      b.disclosure.event.id = flip(b.disclosure.event.id, -1);
    },
  );
  add("event's content hash changed", { disclosure: "disclosure-mismatch", content: "content-mismatch" }, (b) => {
    b.disclosure.event.contentHash = flip(b.disclosure.event.contentHash);
  });
  add("salt changed", { disclosure: "disclosure-mismatch", content: "content-mismatch" }, (b) => {
    b.disclosure.salt = flip(b.disclosure.salt);
  });
  add("content changed", { content: "content-mismatch" }, (b) => {
    b.disclosure.content = Buffer.from("another content").toString("base64");
  });
  add("content's salt changed", { content: "content-mismatch" }, (b) => {
    b.disclosure.contentSalt = flip(b.disclosure.contentSalt);
  });
  add("content of an event that has none", { disclosure: "disclosure-mismatch", content: "content-mismatch" }, (b) => {
    delete b.disclosure.event.contentHash;
  });
  // Leaves and records.
  add(
    "record changed",
    { record: "record-mismatch" },
    (b) => {
      b.proof.record.epoch++;
    },
    time,
  );
  cases.at(-1)!.expect.checks.pair = { status: "failed", code: "pair-mismatch" };
  add("both records changed alike", { record: "record-mismatch" }, (b) => {
    b.proof.record.epoch++;
    b.censoredProof.record.epoch++;
  });
  add(
    "raw and censored leaf exchanged",
    { disclosure: "disclosure-mismatch", pair: "pair-mismatch", record: "record-disagrees" },
    (b) => {
      [b.proof, b.censoredProof] = [b.censoredProof, b.proof];
    },
  );
  add("censored leaf of another event", { pair: "pair-mismatch" }, (b) => {
    b.censoredProof = proofOf(9, 1, at(3), true);
  });
  add("the raw leaf twice", { pair: "pair-mismatch" }, (b) => {
    b.censoredProof = b.proof;
  });
  add(
    "leaf after its checkpoint",
    { position: "position-outside", inclusion: "root-mismatch", record: "record-mismatch", pair: "pair-mismatch" },
    (b) => {
      b.proof.record.seqNo = 2 * b.checkpoint.lastSequence + 1;
      b.proof.value = flip(b.proof.value);
    },
  );
  cases.at(-1)!.expect.checks.record = { status: "failed", code: "record-mismatch" };
  add("proof against another root", { inclusion: "checkpoint-root" }, (b) => {
    b.proof = proofOf(8, 0, at(4), true);
  });
  add("censored proof against another root", { inclusion: "checkpoint-root" }, (b) => {
    b.censoredProof = proofOf(8, 1, at(4), true);
  });
  add("sibling changed", { inclusion: "root-mismatch" }, (b) => {
    b.proof.siblings[0] = flip(b.proof.siblings[0]);
  });
  add("censored proof's sibling changed", { inclusion: "root-mismatch" }, (b) => {
    b.censoredProof.siblings[0] = flip(b.censoredProof.siblings[0]);
  });
  // Checkpoints and the extension between them.
  add("checkpoint's root changed", { inclusion: "checkpoint-root", extension: "old-root-differs" }, (b) => {
    b.checkpoint.root = flip(b.checkpoint.root);
  });
  add("checkpoint's count changed", { count: "bad-count" }, (b) => {
    b.checkpoint.leafCount += 2;
  });
  add("checkpoint's range empty", { count: "bad-count" }, (b) => {
    b.checkpoint.firstSequence = b.checkpoint.lastSequence + 1;
  });
  add("checkpoint ends before the event", { position: "position-outside" }, (b) => {
    b.checkpoint.firstSequence = 3;
    b.checkpoint.lastSequence = 7;
    b.checkpoint.leafCount = 14;
  });
  add("checkpoint signed at its own version", { checkpoint: "bad-line", equivocation: "ok" }, (b) => {
    b.checkpoint.lastSigned = b.checkpoint.version;
  });
  add(
    "anchored checkpoint without a predecessor",
    { checkpoint: "bad-line", "anchor-reference": "checkpoint-differs", equivocation: "equivocation" },
    (b) => {
      b.anchored.previous = "0".repeat(64);
    },
  );
  add("anchored checkpoint's count changed", { count: "bad-count", "anchor-reference": "range-differs" }, (b) => {
    b.anchored.leafCount += 2;
  });
  add(
    "anchored checkpoint of another tree",
    { checkpoint: "anchored-not-later", "anchor-reference": "tree-differs" },
    (b) => {
      b.anchored.tree = flip(b.anchored.tree);
    },
  );
  add(
    "anchored checkpoint's time changed",
    { "anchor-reference": "checkpoint-differs" },
    (b) => {
      b.anchored.createdAt = "2026-03-02T00:00:00.000Z";
    },
    { ...time, claimedAt: "2026-03-02T00:00:00.000Z" },
  );
  add(
    "anchored checkpoint is the older one",
    {
      checkpoint: "anchored-not-later",
      inclusion: "checkpoint-root",
      extension: "old-root-differs",
      "anchor-reference": "root-differs",
    },
    (b) => {
      [b.checkpoint, b.anchored] = [b.anchored, b.checkpoint];
    },
    { ...time, claimedAt: at(3).createdAt },
  );
  add("extension of other roots", { extension: "new-root-differs" }, (b) => {
    b.extension = proveExtension(treeAfter(13).reader(), treeAfter(20).reader());
  });
  add("extension's node changed", { extension: "new-root-mismatch" }, (b) => {
    const node = b.extension.nodes.find((n: Json) => n[0] === "added");
    node[1] = flip(node[1]);
  });
  add("extension's nodes left out", { extension: "nodes-missing" }, (b) => {
    b.extension.nodes = [];
  });
  // The anchor.
  add(
    "anchor's document changed",
    { "anchor-reference": "bad-document-id", signature: "hash-mismatch", signer: "-not-reached" },
    (b) => {
      b.anchor.content.documentId = "smt:";
    },
  );
  add(
    "anchor's hash changed",
    {
      signature: "hash-mismatch",
      signer: "-not-reached",
      "network-proof": "path-differs",
      "network-root": "-not-reached",
    },
    (b) => {
      b.anchor.hash = flip(b.anchor.hash);
    },
    { provenBefore: null },
  );
  add("anchor's signature of another statement", { signature: "bad-signature", signer: "-not-reached" }, (b) => {
    b.anchor.proofs = statement(at(5)).proofs;
  });
  add("anchor's signature cut", { signature: "bad-der", signer: "-not-reached" }, (b) => {
    b.anchor.proofs[0].signature = b.anchor.proofs[0].signature.slice(2);
  });
  add(
    "anchor of the checkpoint, not of the anchored one",
    { "anchor-reference": "root-differs", "network-root": "-root-unknown" },
    (b) => {
      b.anchor = anchorOf(at(3), "mainnet", 17).anchor;
    },
    { provenBefore: null },
  );
  for (const [what, code, change] of [
    ["another time", "timestamp-differs", { timestamp: "2026-03-01T00:00:00.000Z" }],
    ["its own version", "timestamp-differs", { version: 2 }],
    ["another root", "root-differs", { documentRef: fixedHex("another root") }],
    ["another range", "range-differs", { documentId: `smt:${at(6).tree}:1-33:66:${checkpointHash(at(6))}` }],
    ["another checkpoint", "checkpoint-differs", { documentId: `smt:${at(6).tree}:28-33:66:${checkpointHash(at(5))}` }],
    ["another tree", "tree-differs", { documentId: `smt:${flip(at(6).tree)}:28-33:66:${checkpointHash(at(6))}` }],
    ["no checkpoint", "bad-document-id", { documentId: `smt:${at(6).tree}` }],
  ] as const)
    add(
      `anchor states ${what}`,
      { "anchor-reference": code, "network-proof": "-not-in-bundle", "network-root": "-not-in-bundle" },
      (b) => {
        b.anchor = { ...statement(at(6), signerKey, change), network: "mainnet", status: "accepted" };
      },
    );
  add(
    "anchor signed by somebody else",
    { signer: "-signer-unknown", "network-root": "-root-unknown" },
    (b) => {
      b.anchor = anchorOf(at(6), "mainnet", 17, otherKey).anchor;
    },
    { provenBefore: null },
  );
  Object.assign(cases.at(-1)!.expect, { verdict: "untrusted" });
  add(
    "network's proof of another statement",
    { "network-proof": "path-differs", "network-root": "-not-reached" },
    (b) => {
      b.anchor.networkProof = batch(statement(at(5)).hash, 17).networkProof;
    },
    { provenBefore: null },
  );
  add(
    "network's proof changed inside",
    { "network-proof": "digest-mismatch", "network-root": "-not-reached" },
    (b) => {
      const leaf = b.anchor.networkProof.witness[0].contents;
      leaf.remaining = flip(leaf.remaining, -1);
    },
    { provenBefore: null },
  );
  // Equivocation with what the caller has.
  const other = { ...at(4), root: fixedHex("another history"), previous: checkpointHash(at(3)) };
  add("the caller has another checkpoint of the anchored version", { equivocation: "equivocation" }, () => {}, time, {
    ...trusted,
    checkpoints: [{ ...at(6), root: flip(at(6).root) }],
  });
  add("the caller has another checkpoint of the same version", { equivocation: "equivocation" }, () => {}, time, {
    ...trusted,
    checkpoints: [other, { ...at(3), createdAt: "2026-03-02T00:00:00.000Z" }],
  });
  add("the caller's next checkpoint names another predecessor", { equivocation: "equivocation" }, () => {}, time, {
    ...trusted,
    checkpoints: [{ ...at(4), previous: fixedHex("p") }],
  });

  // Shape.
  schema("unknown member", "unknown-field", (b) => {
    b.note = "";
  });
  schema("another format", "wrong-format", (b) => {
    b.format = "sealtrail-bundle/2";
  });
  for (const member of ["disclosure", "proof", "checkpoint"])
    schema(`no ${member}`, "missing-field", (b) => {
      delete b[member];
    });
  schema("no censored proof", "missing-field", (b) => {
    delete b.censoredProof;
  });
  schema("no extension", "missing-field", (b) => {
    delete b.extension;
  });
  schema("no anchored checkpoint", "missing-field", (b) => {
    delete b.anchored;
  });
  schema("raw proof without its record", "missing-field", (b) => {
    delete b.proof.record;
  });
  schema("censored proof without its record", "missing-field", (b) => {
    delete b.censoredProof.record;
  });
  schema("censored disclosure with a censored proof", "misplaced-field", (b) => {
    const { category, createdAt, id, type } = b.disclosure.event;
    b.disclosure = { level: "censored", event: { category, createdAt, id, type } };
  });
  schema("key only, with a record", "misplaced-field", (b) => {
    b.disclosure = { level: "none" };
    delete b.censoredProof;
  });
  schema("proof is an exclusion", "misplaced-field", (b) => {
    const { value: _, record: __, type: ___, ...rest } = b.proof;
    b.proof = { ...rest, type: "exclusion", terminal: null };
    b.disclosure = { level: "none" };
    delete b.censoredProof;
  });
  schema("disclosure null", "bad-field", (b) => {
    b.disclosure = null;
  });
  schema("disclosure of a fourth level", "bad-field", (b) => {
    b.disclosure.level = "full";
  });
  schema("disclosure with one more member", "unknown-field", (b) => {
    b.disclosure.note = "";
  });
  schema("raw disclosure without a salt", "missing-field", (b) => {
    delete b.disclosure.salt;
  });
  schema("salt in upper case", "bad-hex", (b) => {
    b.disclosure.salt = `A${b.disclosure.salt.slice(1)}`;
  });
  schema("salt short", "wrong-length", (b) => {
    b.disclosure.salt = b.disclosure.salt.slice(2);
  });
  schema("content without its salt", "missing-field", (b) => {
    delete b.disclosure.contentSalt;
  });
  schema("content's salt without the content", "missing-field", (b) => {
    delete b.disclosure.content;
  });
  for (const [what, content] of [
    ["without padding", "YQ"],
    ["with bits left over", "YR=="],
    ["in the URL alphabet", "_-_-"],
    ["with a line feed", "YWJj\n"],
    ["with padding in the middle", "YQ==YQ=="],
  ])
    schema(`content ${what}`, "bad-base64", (b) => {
      b.disclosure.content = content;
    });
  schema("content a number", "bad-field", (b) => {
    b.disclosure.content = 5;
  });
  schema("event with one more member", "bad-field", (b) => {
    b.disclosure.event.note = "";
  });
  schema("event with a member null", "bad-field", (b) => {
    b.disclosure.event.runId = null;
  });
  schema("event's type of another category", "bad-field", (b) => {
    b.disclosure.event.category = "prompt";
  });
  schema("proof's shape", "zero-sibling", (b) => {
    b.proof.siblings[0] = "0".repeat(64);
  });
  schema("checkpoint's shape", "bad-field", (b) => {
    b.checkpoint.version = 0;
  });
  schema("anchored checkpoint's shape", "missing-field", (b) => {
    delete b.anchored.previous;
  });
  schema("extension's format", "wrong-format", (b) => {
    b.extension.format = "smt-extension/2";
  });
  schema("extension's nodes no list", "bad-field", (b) => {
    b.extension.nodes = {};
  });
  schema("anchor null", "not-an-object", (b) => {
    b.anchor = null;
  });
  schema("anchor of an unknown network", "bad-field", (b) => {
    b.anchor.network = "testnet";
  });
  schema("anchor with an unknown status", "bad-field", (b) => {
    b.anchor.status = "sent";
  });
  schema("anchor's content with one more member", "unknown-field", (b) => {
    b.anchor.content.note = "";
  });
  schema("network's proof with one more member", "unknown-field", (b) => {
    b.anchor.networkProof.root = root;
  });
  const censored = bundleOf({ level: "censored", event: 12, version: 4 }).bundle;
  const more = changed(censored, (b) => {
    b.disclosure.event.sessionId = "s";
  });
  cases.push({
    name: "schema: censored disclosure with a fifth field",
    input: more,
    ask: nobody,
    expect: broken("unknown-field"),
  });
  for (const field of ["category", "createdAt", "id", "type"] as const) {
    const input = changed(censored, (b) => {
      b.disclosure.event[field] = `${b.disclosure.event[field]}x`;
    });
    const checks: { [name: string]: Check } = { disclosure: "disclosure-mismatch" };
    if (field === "id" || field === "createdAt") checks.record = "record-disagrees";
    cases.push({ name: `censored: ${field} changed`, input, ask: nobody, expect: report(input, "invalid", checks) });
  }
  const text = JSON.stringify(censored);
  const file = (name: string, code: string, changedText: string) =>
    cases.push({ name: `file: ${name}`, text: changedText, ask: nobody, expect: broken(code) });
  file("cut short", "not-json", text.slice(0, -1));
  file("byte order mark", "byte-order-mark", `\ufeff${text}`);
  file("member twice", "duplicate-key", `{"format":"sealtrail-bundle/1",${text.slice(1)}`);
  file("lone surrogate", "lone-surrogate", text.replace('"tool"', '"\\ud800"'));
  file("a list", "not-an-object", `[${text}]`);
  file("version 2^53+1", "unsafe-integer", text.replace('"version":4', '"version":9007199254740993'));
  cases.push({
    name: "file: members in reverse, white space",
    text: JSON.stringify(Object.fromEntries(Object.entries(censored).reverse()), null, " "),
    ask: nobody,
    expect: report(censored, "unanchored", {}),
  });
  return cases;
}

export function bundles(): { [file: string]: Case[] } {
  return { good: goods(), hostile: hostile(), restarted: restartedBundles() };
}
