/** The environment variables that `audit` reads: the one list that help, documents and tests are made from. */
export const ENVIRONMENT: readonly (readonly [name: string, about: string])[] = [
  ["SEALTRAIL_DB", "the trail's file; --db comes first, ~/.sealtrail/audit.db last"],
  ["SEALTRAIL_USER_ID", "recorded as userId; without it USER is"],
  ["HOME", "where ~/.sealtrail is"],
  ["NO_COLOR", "if set: no colour; comes before FORCE_COLOR"],
  ["FORCE_COLOR", "if set and not 0: colour even where stdout is no terminal"],
  ["CI", "if set: no progress bars"],
  ["DEBUG", "if set: errors with their stack, and Node's own warnings"],
];
