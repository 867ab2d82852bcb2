/** The environment variables that `audit` reads: the one list that help, documents and tests are made from. */
export const ENVIRONMENT: readonly (readonly [name: string, about: string])[] = [
  ["SEALTRAIL_DB", "the trail's file; --db comes first, ~/.sealtrail/audit.db last"],
  ["SEALTRAIL_USER_ID", "recorded as userId; without it USER is"],
  ["SEALTRAIL_SIGNING_KEY", "the signing key, 64 hex characters; or SEALTRAIL_SIGNING_KEY_FILE names its file"],
  ["SEALTRAIL_API_KEY", "the anchoring network's API key; or SEALTRAIL_API_KEY_FILE names its file"],
  ["SEALTRAIL_WALLET_KEY", "the key that pays where there is no account; or SEALTRAIL_WALLET_KEY_FILE"],
  ["DE_TEST_URL", "where the network test is; loopback only"],
  ["CLAUDE_CONFIG_DIR", "where Claude Code's settings are, for audit hook install"],
  ["CODEX_HOME", "where Codex's settings are"],
  ["HOME", "where ~/.sealtrail is"],
  ["NO_COLOR", "if set: no colour; comes before FORCE_COLOR"],
  ["FORCE_COLOR", "if set and not 0: colour even where stdout is no terminal"],
  ["CI", "if set: no progress bars"],
  ["DEBUG", "if set: errors with their stack, and Node's own warnings"],
];
