// What the operator chose to hide beyond the rules that always hold. Checked once, when the configuration is read.

export interface RedactionSettings {
  /** Regular expressions (source text) of the operator's own; what they match is masked in place. */
  patterns?: readonly string[];
  redactPromptText?: boolean;
  redactToolArgs?: boolean;
  redactToolResults?: boolean;
}

export interface RedactionPolicy {
  readonly patterns: readonly RegExp[];
  readonly sealed: { readonly prompt: boolean; readonly args: boolean; readonly result: boolean };
}

/** Throws a TypeError that names the setting when a pattern is no regular expression or matches the empty string. */
export function redactionPolicy(settings: RedactionSettings = {}): RedactionPolicy {
  const patterns = (settings.patterns ?? []).map((source, i) => {
    let pattern: RegExp;
    try {
      pattern = new RegExp(source, "gu");
    } catch (error) {
      throw new TypeError(`patterns[${i}]: ${error instanceof Error ? error.message : "not a regular expression"}`);
    }
    if (pattern.test("")) throw new TypeError(`patterns[${i}]: matches the empty string`);
    pattern.lastIndex = 0;
    return pattern;
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
