// The pre-filter: one pass over a text tells which detectors can find anything in it at all. Most texts hold nothing that any
// of them looks for, and cost no more than this pass.

import { PROGRAMS } from "./argv.js";
import { NAME_LITERALS } from "./assignments.js";
import { FORM_LITERALS } from "./forms.js";
import { type Literal, Literals } from "./literals.js";
import { TOKEN_LITERALS } from "./tokens.js";
import { URL_LITERALS } from "./urls.js";

/** Groups of detectors, as bits of what `lookOver` returns. */
export const GROUP = { token: 1, name: 2, shape: 4, url: 8, block: 16, command: 32, form: 64 } as const;
const ALL = 127;

/** Words of commands that take a secret without naming it: the programs of argv.ts with a blank behind, and others. */
export const COMMAND_WORDS: readonly string[] = [
  ...PROGRAMS.map((name) => `${name} `),
  ..."pass: chpasswd sudo redis mongo mysql zip ldap -literal stdin with-token putenv setenv EnvironmentVariable passwd".split(
    " ",
  ),
  ..."set config configure printf read".split(" ").map((name) => `${name} `),
  ..."put set add create".split(" ").flatMap((verb) => [`secret ${verb} `, `secrets ${verb} `]),
  "secrets versions ",
  "vercel env ",
  "--arg ",
  "ftp ",
  "-command ",
  "-cmd ",
  ..."kinit kpasswd secret-tool".split(" ").map((name) => `${name} `),
  "pass insert ",
  "pass add ",
  "<<<",
];

function* literals(): Iterable<Literal<number>> {
  for (const { text, anyCase } of TOKEN_LITERALS) yield { text, anyCase: anyCase ?? false, item: GROUP.token };
  for (const text of NAME_LITERALS) yield { text, anyCase: true, item: GROUP.name };
  for (const text of ["bearer", "basic"]) yield { text, anyCase: true, item: GROUP.shape };
  yield { text: "eyJ", item: GROUP.shape };
  for (const text of URL_LITERALS) yield { text, anyCase: true, item: GROUP.url };
  yield { text: "-----BEGIN ", item: GROUP.block };
  for (const text of FORM_LITERALS) yield { text, anyCase: true, item: GROUP.form };
  for (const text of COMMAND_WORDS) yield { text, anyCase: true, item: GROUP.command };
}

const LITERALS = new Literals(literals());

/** The groups of which a text may hold something, as bits. */
export function lookOver(text: string): number {
  let groups = 0;
  LITERALS.scan(text, (group) => {
    groups |= group;
    return groups === ALL;
  });
  return groups;
}
