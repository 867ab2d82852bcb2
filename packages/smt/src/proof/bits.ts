// Paths bit by bit, most significant first: bit 1 goes right (formats.md, section 1).

export function bitAt(path: Uint8Array, depth: number): 0 | 1 {
  return ((path[depth >> 3]! >> (7 - (depth & 7))) & 1) as 0 | 1;
}

/** Whether two paths agree in their first `depth` bits. */
export function sharePrefix(a: Uint8Array, b: Uint8Array, depth: number): boolean {
  const whole = depth >> 3;
  for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false;
  const rest = depth & 7;
  return rest === 0 || (a[whole]! ^ b[whole]!) >> (8 - rest) === 0;
}

/** Order of paths, which is the order of leaves from left to right: negative, 0 or positive. */
export function comparePaths(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < 32; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export function isEmpty(hash: Uint8Array): boolean {
  for (let i = 0; i < hash.length; i++) if (hash[i] !== 0) return false;
  return true;
}

/** Where a walk through a tree stands: its turns so far, as the first bits of a path. */
export class Position {
  readonly path: Uint8Array = new Uint8Array(32);
  depth = 0;

  down(bit: 0 | 1): void {
    if (bit) this.path[this.depth >> 3]! |= 128 >> (this.depth & 7);
    this.depth++;
  }

  up(): void {
    this.depth--;
    this.path[this.depth >> 3]! &= ~(128 >> (this.depth & 7));
  }

  holds(path: Uint8Array): boolean {
    return sharePrefix(this.path, path, this.depth);
  }
}
