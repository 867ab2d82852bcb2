// WebAssembly byte by byte, as much of it as the SHA-256 in lanes needs: instructions on 32-bit numbers and 128-bit vectors,
// and the sections of a module. Byte forms: WebAssembly core specification 2.0, section 5.

/** Instructions are pushed as bytes: thousands of small arrays made assembling 20 times as slow. It runs once in a process, so
 * nothing here is ever compiled by the host: what counts is how many steps it takes. */
export class Code {
  readonly bytes: number[] = [];

  op(...bytes: number[]): this {
    for (const byte of bytes) this.bytes.push(byte);
    return this;
  }
  unsigned(n: number): this {
    for (; n > 127; n >>>= 7) this.bytes.push((n & 127) | 128);
    this.bytes.push(n);
    return this;
  }
  signed(n: number): this {
    for (; n < -64 || n > 63; n >>= 7) this.bytes.push((n & 127) | 128);
    this.bytes.push(n & 127);
    return this;
  }
  get = (local: number): this => this.op(0x20).unsigned(local);
  set = (local: number): this => this.op(0x21).unsigned(local);
  const32 = (n: number): this => this.op(0x41).signed(n);
  vector = (code: number): this => this.op(0xfd).unsigned(code);
  splat = (n: number): this => this.const32(n).vector(17);
  select = (): this => this.vector(82);
  and = (): this => this.vector(78);
  or = (): this => this.vector(80);
  xor = (): this => this.vector(81);
  add = (): this => this.vector(174);
  left = (n: number): this => this.const32(n).vector(171);
  right = (n: number): this => this.const32(n).vector(173);
  rotated = (local: number, n: number): this =>
    this.get(local)
      .right(n)
      .get(local)
      .left(32 - n)
      .or();
}

/** A module of functions that take two numbers and return nothing, and of a memory of so many pages (64 KiB each), exported
 * as `memory`. */
export function moduleOf(functions: { name: string; code: Code }[], pages: number): Uint8Array<ArrayBuffer> {
  const name = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];
  const section = (id: number, ...content: number[]): number[] => [
    id,
    ...new Code().unsigned(content.length).bytes,
    ...content,
  ];
  const count = functions.length;
  const bodies = functions.flatMap(({ code }) => [new Code().unsigned(code.bytes.length).bytes, code.bytes]);
  const size = new Code().unsigned(count).bytes;
  const length = [size, ...bodies].reduce((sum, part) => sum + part.length, 0);
  const head = [
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 2, 0x7f, 0x7f, 0),
    ...section(3, count, ...functions.map(() => 0)),
    ...section(5, 1, 0, pages),
    ...section(7, count + 1, ...name("memory"), 2, 0, ...functions.flatMap((f, i) => [...name(f.name), 0, i])),
    10,
    ...new Code().unsigned(length).bytes,
  ];
  const module = new Uint8Array(head.length + length);
  let at = 0;
  for (const part of [head, size, ...bodies]) {
    module.set(part, at);
    at += part.length;
  }
  return module;
}
