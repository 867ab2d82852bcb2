// What the operator chose to hide beyond the rules that always hold. Checked once, when the configuration is read.
import { compilePattern, type Pattern } from "./patterns.js";

/** The settings that a policy is made from. @public */
export interface RedactionSettings {
  /** Regular expressions (source text, without lookaround and back references) of the operator's own; what they match is masked. */
  patterns?: readonly string[];
  redactPromptText?: boolean;
  redactToolArgs?: boolean;
  redactToolResults?: boolean;
}

/** What is masked and sealed. `redactionPolicy` makes one from settings. @public */
export interface RedactionPolicy {
  readonly patterns: readonly Pattern[];
  readonly sealed: { readonly prompt: boolean; readonly args: boolean; readonly result: boolean };
}

/**
 * Throws a TypeError that names the setting when a pattern is no regular expression or matches the empty string.
 *
 * @public
 */
export function redactionPolicy(settings: RedactionSettings = {}): RedactionPolicy {
  const patterns = (settings.patterns ?? []).map((source, i) => {
    try {
      return compilePattern(source, `pattern-${i + 1}`);
    } catch (error) {
      throw new TypeError(`patterns[${i}]: ${error instanceof Error ? error.message : "not a regular expression"}`);
    }
  });
  return {
    patterns,
    sealed: {
      prompt: settings.redactPromptText === true,
      args: settings.redactToolArgs === true,
      result: settings.redactToolResults === true,
    },
  };
}
