// The WebAssembly module behind batch-hash.ts, assembled from the steps of FIPS 180-4: no build step, no binary in the repository,
// nothing to fetch in a browser. Every value is a 128-bit vector that holds one 32-bit word of each of four messages.
import { INITIAL } from "./constants.js";
import { Code, moduleOf } from "./wasm.js";

/** Groups of four messages that one call takes. The host writes all of them before it calls, and not between two groups:
 * a vector read right after its four words were written one by one waits for them. */
export const GROUPS = 16;
/** Where things stand in the module's memory, in bytes. A group has 16 words of message; word i of lane j is at 16 i + 4 j. */
export const MESSAGE = 0;
/** 8 words of digest a group. */
export const DIGEST = MESSAGE + GROUPS * 256;
/** The 64 round constants, one number each; whoever makes the module puts them there, and LAST_BLOCK. */
export const CONSTANTS = DIGEST + GROUPS * 128;
/** 256 rows of 64 words: for each last byte of a 65-byte message, W + K of its second block. */
export const LAST_BLOCKS = CONSTANTS + 256;
const PAGES = Math.ceil((LAST_BLOCKS + 256 * 256) / 65_536);

// Locals: two parameters, the vectors, the numbers.
const PREFIX = 0;
const GROUP_COUNT = 1;
const A = 2; // the working variables a to h, whose names move instead of their values
const W = A + 8; // the last 16 words of the schedule
const T = W + 16;
const DIFFERING = T + 1; // a ^ b of this round and of the one before, which is this one's b ^ c
const CHAIN = DIFFERING + 2; // eight words that outlast a block
const AT = CHAIN + 8; // where the round constants of these 16 rounds stand
const IN = AT + 1; // how far this group's message and digest stand behind the first's
const OUT = IN + 1;
const ROW = OUT + 1; // where each lane's row of LAST_BLOCKS stands
const locals = [2, AT - A, 0x7b, ROW + 4 - AT, 0x7f];

/** Pushes word i of the group's messages. */
function message(code: Code, i: number): Code {
  return code
    .get(IN)
    .vector(0)
    .op(4)
    .unsigned(MESSAGE + 16 * i);
}

/** Stores what is on top of the stack as word i of the group's digests; below it stands OUT. */
function storeDigest(code: Code, i: number): void {
  code
    .vector(11)
    .op(4)
    .unsigned(DIGEST + 16 * i);
}

/** One round; `schedule` pushes W + K. */
function round(code: Code, i: number, schedule: () => void): void {
  const [a, b, , d, e, f, g, h] = Array.from({ length: 8 }, (_, k) => A + ((k - i) & 7)) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  schedule();
  code.get(h).add();
  code.get(f).get(g).get(e).select().add(); // choose
  code.rotated(e, 6).rotated(e, 11).xor().rotated(e, 25).xor().add().set(T);
  code.get(d).get(T).add().set(d);
  const ab = DIFFERING + (i & 1);
  const bc = DIFFERING + (~i & 1);
  code.get(a).get(b).xor().set(ab);
  code.get(ab).get(bc).and().get(b).xor(); // majority: b, unless it differs from both
  code.rotated(a, 2).rotated(a, 13).xor().rotated(a, 22).xor().add().get(T).add().set(h);
}

/** What the first round's majority takes from the round before it. */
function startMajority(code: Code): void {
  code
    .get(A + 1)
    .get(A + 2)
    .xor()
    .set(DIFFERING + 1);
}

/** 64 rounds over the message in locals W, a to h set before. The last 48 are a loop of 16, each round beside its step of
 * the schedule: written out in full the host takes three times as long to make good machine code of it. */
function block(code: Code): void {
  // Both functions have the same locals, so its bytes are the same, and are assembled once.
  blockBytes ??= assembledBlock();
  code.bytes.push(...blockBytes);
}

let blockBytes: readonly number[] | undefined;

function assembledBlock(): readonly number[] {
  const code = new Code();
  const constants = (i: number) =>
    code
      .get(AT)
      .vector(9)
      .op(2)
      .unsigned(4 * i); // v128.load32_splat
  code.const32(CONSTANTS).set(AT);
  startMajority(code);
  for (let i = 0; i < 16; i++)
    round(code, i, () =>
      constants(i)
        .get(W + i)
        .add(),
    );
  code.op(0x03, 0x40); // loop
  code.get(AT).const32(64).op(0x6a).set(AT);
  for (let i = 0; i < 16; i++) {
    const w = W + i;
    const x = W + ((i + 1) & 15);
    const y = W + ((i + 14) & 15);
    code
      .get(w)
      .get(W + ((i + 9) & 15))
      .add();
    code.rotated(x, 7).rotated(x, 18).xor().get(x).right(3).xor().add();
    code.rotated(y, 17).rotated(y, 19).xor().get(y).right(10).xor().add().set(w);
    round(code, i, () => constants(i).get(w).add());
  }
  code
    .get(AT)
    .const32(CONSTANTS + 192)
    .op(0x49, 0x0d, 0, 0x0b); // again while below the last 16; end
  return code.bytes;
}

/** 64 rounds over the second block of 65 bytes, whose words depend on its last byte alone: each lane's come from its row of
 * LAST_BLOCKS, four at a time, and are turned so that a vector holds one word of each. */
function lastBlock(code: Code): void {
  for (let lane = 0; lane < 4; lane++) {
    code
      .get(IN)
      .op(0x2d, 0) // i32.load8_u
      .unsigned(MESSAGE + 16 * 15 + 4 * lane)
      .const32(8)
      .op(0x74) // i32.shl
      .set(ROW + lane);
  }
  const shuffle = (...words: number[]) =>
    code.vector(13).op(...words.flatMap((w) => [4 * w, 4 * w + 1, 4 * w + 2, 4 * w + 3]));
  code.const32(LAST_BLOCKS + 256).set(AT);
  startMajority(code);
  code.op(0x03, 0x40); // loop: eight rounds
  for (let i = 0; i < 8; i += 4) {
    for (let lane = 0; lane < 4; lane++) {
      code
        .get(ROW + lane)
        .vector(0)
        .op(4)
        .unsigned(LAST_BLOCKS + 4 * i)
        .set(W + lane);
    }
    for (let half = 0; half < 2; half++) {
      const [from, to] = half === 0 ? [0, 4] : [2, 6];
      code.get(W).get(W + 1);
      shuffle(from, from + 4, from + 1, from + 5);
      code.set(W + to);
      code.get(W + 2).get(W + 3);
      shuffle(from, from + 4, from + 1, from + 5);
      code.set(W + to + 1);
    }
    for (let k = 0; k < 4; k++) {
      round(code, i + k, () => {
        const pair = W + (k < 2 ? 4 : 6);
        code.get(pair).get(pair + 1);
        if (k % 2 === 0) shuffle(0, 1, 4, 5);
        else shuffle(2, 3, 6, 7);
      });
    }
  }
  for (let lane = 0; lane < 4; lane++) {
    code
      .get(ROW + lane)
      .const32(32)
      .op(0x6a)
      .set(ROW + lane);
  }
  code.get(AT).const32(32).op(0x6b, 0x22).unsigned(AT).const32(LAST_BLOCKS).op(0x47, 0x0d, 0, 0x0b); // subtract, again unless all 64 are done; end
}

/** Parameters of both functions: the prefix, in the top byte of a word, and how many groups. */
function eachGroup(code: Code, body: () => void): Code {
  code.op(...locals);
  code.op(0x03, 0x40); // loop
  body();
  code.get(IN).const32(256).op(0x6a).set(IN);
  code.get(OUT).const32(128).op(0x6a).set(OUT);
  code.get(GROUP_COUNT).const32(1).op(0x6b, 0x22).unsigned(GROUP_COUNT).op(0x0d, 0, 0x0b); // subtract, again unless zero
  return code.op(0x0b);
}

function start(code: Code): void {
  for (let i = 0; i < 8; i++) code.splat(INITIAL[i]!).set(A + i);
}

/** DIGEST = H(prefix || MESSAGE), 64 bytes of message. */
function hash65(): Code {
  const code = new Code();
  return eachGroup(code, () => {
    start(code);
    // Everything moves down a byte to make room for the prefix.
    for (let i = 0; i < 16; i++) {
      message(code, i).right(8);
      if (i === 0) code.get(PREFIX).vector(17);
      else message(code, i - 1).left(24);
      code.or().set(W + i);
    }
    block(code);
    for (let i = 0; i < 8; i++) {
      code
        .get(A + i)
        .splat(INITIAL[i]!)
        .add()
        .set(A + i);
      code.get(A + i).set(CHAIN + i);
    }
    lastBlock(code);
    for (let i = 0; i < 8; i++) {
      code
        .get(OUT)
        .get(CHAIN + i)
        .get(A + i)
        .add();
      storeDigest(code, i);
    }
  });
}

/** DIGEST = H(the first 32 bytes of MESSAGE). */
function hash32(): Code {
  const code = new Code();
  return eachGroup(code, () => {
    start(code);
    for (let i = 0; i < 8; i++) message(code, i).set(W + i);
    code.splat(0x80000000 | 0).set(W + 8);
    for (let i = 9; i < 15; i++) code.splat(0).set(W + i);
    code.splat(32 * 8).set(W + 15);
    block(code);
    for (let i = 0; i < 8; i++) {
      code
        .get(OUT)
        .get(A + i)
        .splat(INITIAL[i]!)
        .add();
      storeDigest(code, i);
    }
  });
}

/** The module's bytes: exports `memory`, `hash65(prefix, groups)`, `hash32(0, groups)`. */
export function assemble(): Uint8Array<ArrayBuffer> {
  return moduleOf(
    [
      { name: "hash65", code: hash65() },
      { name: "hash32", code: hash32() },
    ],
    PAGES,
  );
}
