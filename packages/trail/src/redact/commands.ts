// Secrets that commands take without saying so in a name beside them: `setx TOKEN x`, `openssl -pass pass:x`, `echo x | sudo -S`,
// `redis-cli -a x`. Each pattern begins with a word that only such a command has, and every part of it is bounded.
import { keyVerdict } from "./keywords.js";
import { REDACTED, type Redacted } from "./marker.js";

const NAME = "[\"']?[\\w./:@-]{1,96}[\"']?";
const WORD = "\"[^\"\\n]{1,1000}\"|'[^'\\n]{1,1000}'|[^\\s;|&\"')]{1,1000}";

/** A rule is only tried where one of its words stands. */
interface Rule {
  words: readonly string[];
  pattern: RegExp;
}
const rule = (words: string, pattern: string): Rule => ({ words: words.split("|"), pattern: new RegExp(pattern, "g") });

/** `before`, `name`, `between` and `value`: a name that is given a value without a sign between them. */
const NAMED: readonly Rule[] = [
  rule("setenv |setx ", `(\\bset(?:env|x) +)(${NAME})( +)(${WORD})`),
  rule("set -", `(\\bset(?: -{1,2}[a-zA-Z-]{1,10}){1,3} +)(${NAME})( +)(${WORD})`),
  rule("config |configure ", `(\\bconfig(?:ure)?(?: set)?(?: --?[\\w-]{1,20}){0,3} +)(${NAME})( +)(${WORD})`),
  rule("printf -v", `(\\bprintf -v +)(${NAME})( +(?:"[^"\\n]{1,60}"|'[^'\\n]{1,60}'|[^\\s"']{1,60}) +)(${WORD})`),
  rule("etenv(|EnvironmentVariable(", `(\\b(?:[sS]et|put)(?:env|EnvironmentVariable)\\( *)(${NAME})( *, *)(${WORD})`),
  rule("<<<", `(\\bread\\b(?: -[a-z]{1,4}){0,4} +)(${NAME})( *<<< *)(${WORD})`),
];

/** To the next command of the line. */
const REST = "[^\\n;|&]{0,200}?";

/** `before` and `value`. */
const FLAGS: readonly Rule[] = [
  rule("pass:", `(\\bpass(?:in|out)? +["']?pass:)([^\\s"']{1,1000})`),
  rule("<<<", `(\\bsudo(?: -[\\w-]{1,20}){0,6}? -\\w{0,6}S\\b[^\\n;|&<]{0,200}<<< *)(${WORD})`),
  rule("redis-cli", `(\\bredis-cli\\b${REST} (?:-a|--pass) +)(${WORD})`),
  rule("mongo", `(\\bmongo(?:sh|dump|restore|export|import)?\\b${REST} -p *)(${WORD})`),
  rule("zip", `(zip\\b${REST} -P +)(${WORD})`),
  rule("7z", `(\\b7z[ar]?\\b${REST} -p)(${WORD})`),
  rule("ldap", `(\\bldap\\w{1,20}\\b${REST} -w +)(${WORD})`),
  rule("smbclient", `(\\bsmbclient\\b${REST} -U *[^\\s%"']{1,100}%)([^\\s"']{1,1000})`),
  rule("htpasswd", `(\\bhtpasswd(?: -\\w{1,10}){0,4} -\\w{0,8}b\\w{0,8} +\\S{1,200} +\\S{1,100} +)(${WORD})`),
  rule("sqlcmd", `(\\bsqlcmd\\b${REST} -P *)(${WORD})`),
  rule("from-literal", `(--from-literal[= ]["']?[\\w.-]{1,96}=)([^\\s"']{1,1000})`),
  rule("secret set", `(\\bsecret set\\b${REST} (?:--body|-b)[= ]+)(${WORD})`),
  rule("vault login", `(\\bvault login +)(?!-)(${WORD})`),
  // What `echo` or `printf` hands to a command that reads a password.
  rule(
    "sudo|chpasswd|stdin|with-token",
    `(\\b(?:echo|printf)(?: +-[neE]{1,3}){0,2} +)([^\\n|]{1,400}?)(?= *\\| *(?:sudo(?: -[\\w-]{1,20}){0,6}? -\\w{0,6}S\\b|chpasswd|[^\\n|;&]{1,100}? --?(?:password-stdin|stdin|with-token)\\b))`,
  ),
];

/** `curl -u user:password`: the one flag whose name does not say what it carries and that agents write every day. */
const CURL_USER = /((?:^|\s)(?:-u|-U|--user|--proxy-user)[ =]?["']?[^\s:"']{1,200}:)([^\s"']{1,1000})/g;

/** A bare `-p` of the commands that take a password there; mysql takes none but run together with it. */
const PASSWORD_FLAG =
  /(\b(?:sshpass|(?:docker|podman) login\b[^\n|;&]{0,200}?)[ \t]+-p[ \t=]*["']?|\bmysql(?:dump|admin)?\b[^\n|;&]{0,200}?[ \t]-p["']?)([^\s"']{1,1000})/g;

export function maskCommands(text: string): Redacted {
  let count = 0;
  let out = text;
  const maskFlag = (match: string, before: string, secret: string) => {
    if (secret === REDACTED || /^\d+$/.test(secret) || secret.startsWith("$")) return match;
    count++;
    return before + REDACTED;
  };
  if (out.includes("curl")) out = out.replace(CURL_USER, maskFlag);
  if (/sshpass|mysql|docker|podman/.test(out)) out = out.replace(PASSWORD_FLAG, maskFlag);
  for (const { words, pattern } of NAMED) {
    if (!words.some((word) => out.includes(word))) continue;
    out = out.replace(pattern, (match: string, before: string, name: string, between: string, value: string) => {
      if (keyVerdict(name) === "clear" || isNone(value)) return match;
      count++;
      return before + name + between + REDACTED;
    });
  }
  for (const { words, pattern } of FLAGS) {
    if (!words.some((word) => out.includes(word))) continue;
    out = out.replace(pattern, (match: string, before: string, value: string) => {
      if (isNone(value)) return match;
      count++;
      return before + REDACTED;
    });
  }
  return { text: out, count };
}

/** A mark that stands there already, or a reference to what stands elsewhere. */
function isNone(value: string): boolean {
  const bare = value.replace(/^["']|["']$/g, "").trim();
  return bare === "" || bare.includes(REDACTED) || /^\$(?:\w+|\{\w+\}|\()/.test(bare) || bare.startsWith("-");
}
