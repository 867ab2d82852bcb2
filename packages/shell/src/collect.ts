// What both readers (tree.ts and tokens.ts) write into, and the bounds that hold for a text with all scripts in it.
import type { Level } from "./level.js";
import type { Command, Opaque, Range } from "./types.js";
import type { SourceWord } from "./word.js";

export interface FoundCommand extends Command {
  readonly words: SourceWord[];
  readonly redirections: FoundRedirection[];
  /** Its nested scripts have been read. */
  done?: boolean;
  pipedFrom: number | undefined;
}

export interface FoundRedirection extends Range {
  readonly operator: string;
  readonly target: SourceWord | undefined;
  readonly body: Range | undefined;
  /** The body as a text of its own, to be read where a shell reads it. */
  readonly script?: Level | undefined;
}

export interface Bounds {
  readonly size: number;
  readonly depth: number;
  /** What is left for nested scripts. */
  nested: number;
}

export class Collected {
  readonly commands: FoundCommand[] = [];
  readonly words: SourceWord[] = [];
  readonly substitutions: Range[] = [];
  readonly bodies: Range[] = [];
  /** Those of them that are read as scripts. */
  readonly scripts = new Set<Range>();
  opaque: Opaque | undefined;
  readonly bounds: Bounds;

  constructor(bounds: Bounds) {
    this.bounds = bounds;
  }

  /** How much was collected, for `reset`. */
  mark(): readonly number[] {
    return this.#lists().map((list) => list.length);
  }

  /** Drops what was collected since. */
  reset(mark: readonly number[]): void {
    for (const [i, list] of this.#lists().entries()) list.length = mark[i]!;
  }

  #lists(): unknown[][] {
    return [this.commands, this.words, this.substitutions, this.bodies];
  }

  /** Whether a script of this size and depth may still be read; says so in `opaque` where not. */
  admits(level: Level): boolean {
    if (level.depth > this.bounds.depth) this.opaque ??= "depth";
    else if (level.text.length > this.bounds.nested) this.opaque ??= "budget";
    else {
      this.bounds.nested -= level.text.length;
      return true;
    }
    return false;
  }
}
