// Reads a level with the parser `unbash` and collects what it runs.
import { forEachChild, type HereDoc, type PipelineNode, parse, type Redirection, type SyntaxNode } from "unbash";
import type { Collected, FoundCommand, FoundRedirection } from "./collect.js";
import { type Level, placeOf } from "./level.js";
import type { Assignment } from "./types.js";
import { SourceWord } from "./word.js";

/** Nodes of one level; a text of 64 kB without tricks has fewer. */
const MOST_NODES = 100_000;

/**
 * Reads the level and everything in it but nested scripts. False when the parser refuses it, or the tree is too deep for the
 * stack (`$((1+1+1...))`): then nothing was collected. `nested` is called for scripts in backticks, whose escapes have to be
 * taken away first.
 */
export function readTree(level: Level, into: Collected, nested: (level: Level) => void): boolean {
  const before = into.mark();
  try {
    const script = parse(level.text);
    if (script.errors !== undefined && script.errors.length > 0) return false;
    new Walk(level, into, nested).visit(script, level.depth);
    return true;
  } catch {
    into.reset(before);
    return false;
  }
}

class Walk {
  readonly #level: Level;
  readonly #into: Collected;
  readonly #nested: (level: Level) => void;
  #nodes = 0;

  constructor(level: Level, into: Collected, nested: (level: Level) => void) {
    this.#level = level;
    this.#into = into;
    this.#nested = nested;
  }

  visit(node: SyntaxNode, depth: number): void {
    if (++this.#nodes > MOST_NODES) {
      this.#into.opaque ??= "budget";
      return;
    }
    switch (node.type) {
      case "Command":
        this.#command(node, depth);
        return;
      case "Pipeline":
        this.#pipeline(node.commands, depth);
        return;
      case "Word":
        this.#word(node, depth);
        return;
      case "CommandExpansion":
      case "ProcessSubstitution":
        this.#substitution(node, depth);
        return;
      case "Redirect":
      case "HereString":
      case "HereDoc":
        this.#redirection(node, depth);
        return;
      default:
        forEachChild(node, (child) => this.visit(child, depth));
    }
  }

  #command(node: Extract<SyntaxNode, { type: "Command" }>, depth: number): void {
    const assignments: Assignment[] = [];
    const words: SourceWord[] = [];
    const redirections: FoundRedirection[] = [];
    const command: FoundCommand = {
      ...this.#range(node),
      assignments,
      words,
      redirections,
      pipedFrom: undefined,
      depth,
    };
    this.#into.commands.push(command);
    const parts =
      node.name === undefined ? [...node.prefix, ...node.suffix] : [...node.prefix, node.name, ...node.suffix];
    for (const part of parts) {
      if (part.type === "Word") words.push(this.#word(part, depth));
      else if (part.type !== "Assignment") redirections.push(this.#redirection(part, depth));
      else {
        const isArgument = node.name !== undefined && part.pos > node.name.pos;
        if (isArgument) words.push(new SourceWord(this.#level, part.pos, part.end));
        const value = part.value.type === "Word" ? this.#word(part.value, depth) : undefined;
        if (part.value.type !== "Word") this.visit(part.value, depth);
        if (part.index !== undefined) this.visit(part.index, depth);
        assignments.push({ ...this.#range(part), name: part.name, value });
      }
    }
  }

  #pipeline(members: readonly PipelineNode[], depth: number): void {
    let previous: number | undefined;
    for (const member of members) {
      const index = this.#into.commands.length;
      this.visit(member, depth);
      const first = this.#into.commands[index];
      if (first !== undefined) first.pipedFrom = previous;
      previous = first === undefined ? undefined : index;
    }
  }

  #word(node: Extract<SyntaxNode, { type: "Word" }>, depth: number): SourceWord {
    const word = new SourceWord(this.#level, node.pos, node.end);
    this.#into.words.push(word);
    for (const part of node.parts ?? []) this.visit(part, depth);
    return word;
  }

  #substitution(node: Extract<SyntaxNode, { type: "CommandExpansion" | "ProcessSubstitution" }>, depth: number): void {
    this.#into.substitutions.push(this.#range(node));
    if (depth >= this.#into.bounds.depth) {
      this.#into.opaque ??= "depth";
      return;
    }
    if (this.#level.text[node.pos] === "`") this.#nested(withoutBackticks(this.#level, node.pos, node.end, depth + 1));
    else if (node.script !== undefined) {
      if (node.script.errors !== undefined && node.script.errors.length > 0) this.#into.opaque ??= "syntax";
      this.visit(node.script, depth + 1);
    }
  }

  #redirection(node: Redirection, depth: number): FoundRedirection {
    const found: FoundRedirection = {
      ...this.#range(node),
      operator: node.operator,
      target: node.type !== "HereDoc" && node.target !== undefined ? this.#word(node.target, depth) : undefined,
      body: node.type === "HereDoc" ? this.#range(node.body) : undefined,
      script: node.type === "HereDoc" ? this.#bodyOf(node, depth) : undefined,
    };
    if (node.type === "HereDoc") for (const part of node.body.parts ?? []) this.visit(part, depth);
    return found;
  }

  #bodyOf(node: HereDoc, depth: number): Level {
    return levelWithin(this.#level, node.body.pos, node.body.end, depth + 1);
  }

  #range(node: { pos: number; end: number }): { start: number; end: number } {
    return { start: placeOf(this.#level, node.pos), end: placeOf(this.#level, node.end) };
  }
}

/** [from, to) of a level as a text of its own. */
function levelWithin(level: Level, from: number, to: number, depth: number): Level {
  const places = new Uint32Array(to - from + 1);
  for (let i = 0; i <= to - from; i++) places[i] = placeOf(level, from + i);
  return { text: level.text.slice(from, to), places, depth };
}

/** What stands between backticks at [from, to), without the backslashes that the shell takes away there. */
function withoutBackticks(level: Level, from: number, to: number, depth: number): Level {
  const end = level.text[to - 1] === "`" && to - 1 > from ? to - 1 : to;
  const places: number[] = [];
  let text = "";
  for (let i = from + 1; i < end; i++) {
    const at = i;
    if (level.text[i] === "\\" && i + 1 < end && "`\\$".includes(level.text[i + 1]!)) i++;
    text += level.text[i];
    places.push(placeOf(level, at));
  }
  places.push(placeOf(level, end));
  return { text, places: Uint32Array.from(places), depth };
}
