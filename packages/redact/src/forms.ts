// Files and lines that hold secrets in places of their own: netrc, pgpass, SQL statements, connection strings.
import { isSecretUnder, keyVerdict } from "./keywords.js";
import type { Span } from "./span.js";
import { looksChosen, looksOpaque } from "./values.js";
import { type Share, UNBOUNDED } from "./work.js";

interface Form {
  readonly kind: string;
  /** The pattern is only tried on a text that holds one of these: looking for a word is cheap. */
  readonly needs: readonly string[];
  /** `before` and `value` are its two groups. */
  readonly pattern: RegExp;
  readonly accepts?: (value: string) => boolean;
}

const PORTS = "5432 5433 5434 5435 5439 6432 6543 15432 25432 54320 54321 54322 *".split(" ");

/** Users that programs come with: behind them, before an address, stands a password. */
const USUAL_USERS =
  "root admin administrator postgres mysql mongo redis elastic rabbitmq guest sa oracle neo4j influx grafana jenkins ubuntu deploy ftp ftpuser dbuser db_user appuser app_user dbadmin superuser backup replicator".split(
    " ",
  );

/** What a password is called in other languages, in small letters. */
const FOREIGN =
  "kennwort|mot de passe|contrase\u00f1a|contrasena|senha|palavra-passe|wachtwoord|has\u0142o|heslo|salasana|l\u00f6senord|adgangskode|parola".split(
    "|",
  );
const OTHER_SCRIPTS =
  "\u0430\u0440\u043e\u043b\u044c|\u5bc6\u7801|\u5bc6\u78bc|\u53e3\u4ee4|\u30d1\u30b9\u30ef\u30fc\u30c9|\ube44\ubc00\ubc88\ud638".split(
    "|",
  );

/** What the pre-filter looks for, besides the names of secrets. */
export const FORM_LITERALS: readonly string[] = [
  ...PORTS.map((port) => `:${port}:`),
  ...USUAL_USERS.map((user) => `${user}:`),
  "identified by",
  "jdbc:oracle",
  "machine ",
  "snmp",
  "createuser",
  "bindpw",
  "rootpw",
  "::add-mask::",
  "login with ",
  "log in with ",
  "printenv ",
  ...[...FOREIGN, ...OTHER_SCRIPTS].flatMap((name) =>
    name.length > 2 ? [name] : [..." :=\uff1a\u662f"].map((sign) => name + sign),
  ),
  "community ",
  "requirepass",
  "masterauth",
  "user default",
  "sid=",
  "session_id=",
  "sessionid=",
  "vault",
  "okta",
  "facebook",
];

const isMarked = (value: string): boolean => value.includes("[REDACTED") || /^\$\{?(?:[A-Za-z_]|\d\}?$)/.test(value);

const FORMS: readonly Form[] = [
  {
    kind: "netrc-password",
    needs: ["login"],
    // netrc(5): machine NAME login NAME password SECRET, on one line or several.
    pattern:
      /(\blogin[ \t\r\n]{1,16}[^\s]{1,200}[ \t\r\n]{1,16}(?:account[ \t\r\n]{1,16}[^\s]{1,200}[ \t\r\n]{1,16})?password[ \t\r\n]{1,16})([^\s"']{1,1000})/g,
  },
  {
    kind: "netrc-password",
    needs: ["machine", "default"],
    pattern: /(\b(?:machine[ \t]{1,8}[^\s]{1,200}|default)[ \t\r\n]{1,16}password[ \t\r\n]{1,16})([^\s"']{1,1000})/g,
  },
  {
    kind: "pgpass-password",
    needs: [":*:", ":5", ":6", ":1", ":2"],
    // PostgreSQL's password file: host:port:database:user:password.
    pattern:
      /((?:^|\n|\\n|[ \t"'])(?:[A-Za-z0-9.*_-]{1,200}|\[[0-9A-Fa-f:]{2,40}\]):(?:\d{4,5}|\*):[^\s:"']{1,64}:[^\s:"']{1,64}:)([^\s"']{1,400})/g,
    accepts: (value) => value.length >= 4 && !/^\d{1,5}$/.test(value),
  },
  {
    kind: "sql-password",
    needs: ["dentified", "DENTIFIED"],
    // CREATE USER u IDENTIFIED BY 'x', IDENTIFIED WITH plugin AS 'x', PASSWORD 'x'.
    pattern:
      /(\b[iI][dD][eE][nN][tT][iI][fF][iI][eE][dD] (?:[wW][iI][tT][hH] [\w'"`]{1,60} )?(?:[bB][yY]|[aA][sS]) (?:[pP][aA][sS][sS][wW][oO][rR][dD] )?["'`]?)([^\s"'`;]{1,200})/g,
  },
  {
    kind: "sql-password",
    needs: ["'"],
    pattern: /(\b(?:PASSWORD|password|Password) {1,4}(?:FOR {1,4}[^\s]{1,100} {0,4}= {0,4})?')([^'\n]{1,200})(?=')/g,
    accepts: (value) => looksChosen(value) || /^[^\s]{4,200}$/.test(value),
  },
  {
    kind: "redis-password",
    needs: ["requirepass", "masterauth", "auth-pass"],
    pattern: /(\b(?:requirepass|masterauth|auth-pass [\w.-]{1,60})[ \t]{1,8}["']?)([^\s"']{1,512})/g,
  },
  { kind: "redis-password", needs: [" >"], pattern: /(\buser [\w.-]{1,60} on[^\n>]{0,80} >)([^\s"']{1,512})/g },
  {
    kind: "oracle-password",
    needs: ["jdbc:oracle"],
    pattern: /(\bjdbc:oracle:\w{1,10}:[\w.]{1,60}\/)([^@\s"']{1,200})(?=@)/g,
  },
  {
    kind: "private-key",
    needs: ["Private-Lines"],
    // PuTTY's key files.
    pattern: /(Private-Lines: \d{1,3}\r?\n)([A-Za-z0-9+/=\r\n]{14,20000}[A-Za-z0-9+/=])/g,
  },
  {
    kind: "code-password",
    needs: ["asic"],
    pattern: /([bB]asic_?[aA]uth\w{0,12}\(["'][^"'\n]{1,100}["'], ?["'])([^"'\n]{1,200})/g,
  },
  {
    // Sessions of web sites. An id of the form that programs give their own sessions stays.
    kind: "session-cookie",
    needs: ["id=", "ID=", "Id="],
    pattern: /((?<![\w.-])(?:[sS][iI][dD]|[sS]ession_?[iI]d|SESSION_?ID)=["']?)([A-Za-z0-9%._~+/=:-]{16,1000})/g,
    accepts: (value) => looksOpaque(value) && !UUID.test(value),
  },
  {
    // Tokens of Vault before version 1.10.
    kind: "vault-token",
    needs: ["s."],
    pattern: /((?<![\w.-]))(s\.[A-Za-z0-9]{24})(?![\w.])/g,
    accepts: (value) => looksOpaque(value) && /\d/.test(value),
  },
  {
    kind: "okta-token",
    needs: ["00"],
    pattern: /((?<![\w./-]))(00[A-Za-z0-9_-]{40})(?![\w./-])/g,
    accepts: (value) => looksOpaque(value) && /[A-Z]/.test(value) && /[a-z]/.test(value),
  },
  {
    // An app access token: APP|SECRET.
    kind: "facebook-token",
    needs: ["|"],
    pattern: /((?<![\w./|-])\d{13,17}\|)([\w-]{27})(?![\w|-])/g,
    accepts: looksOpaque,
  },
  {
    // user:password@host without a scheme.
    kind: "login-password",
    needs: ["@"],
    pattern: new RegExp(
      `((?<![\\w.@/:-])(?:${USUAL_USERS.join("|")}):)([^\\s:@/"'<>\`]{3,200})(?=@(?:\\d{1,3}(?:\\.\\d{1,3}){3}|localhost|[\\w-]{1,63}:\\d{2,5}|[A-Za-z][\\w-]{0,62}(?:\\.[\\w-]{1,63}){0,8})(?![\\w@]))`,
      "g",
    ),
    accepts: (value) => looksChosen(value) || looksOpaque(value),
  },
  {
    // Network devices: enable secret 5 x, username a privilege 15 password 7 x. The number says how the secret is written.
    kind: "device-secret",
    needs: ["enable "],
    pattern: /(\benable (?:secret|password) (?:level \d{1,2} )?\d{1,2} )([^\s"']{3,400})/g,
  },
  {
    kind: "device-secret",
    needs: ["username "],
    pattern:
      /(\busername [\w.@-]{1,64} (?:privilege \d{1,2} |role [\w-]{1,32} )?(?:secret|password) \d{1,2} )([^\s"']{3,400})/g,
  },
  {
    kind: "device-secret",
    needs: ["enable ", "username "],
    pattern:
      /(\b(?:enable|username [\w.@-]{1,64}(?: privilege \d{1,2}| role [\w-]{1,32})?) (?:secret|password) )([^\s"']{5,400})(?=\s|$)/g,
    accepts: looksChosen,
  },
  {
    kind: "device-secret",
    needs: ["snmp", "community "],
    pattern:
      /((?:\bsnmp-server community (?:\d )?|\bset snmp community |\bsnmp-agent community (?:read|write) (?:cipher )?|\br[ow]community6? )["']?)([^\s"']{3,200})/g,
    accepts: (value) => /[^a-z]/.test(value),
  },
  {
    kind: "device-secret",
    needs: ["createUser "],
    pattern: /(\bcreateUser [\w.-]{1,64} (?:MD5|SHA(?:-\d{3})?) )([^\s]{3,200})/g,
  },
  {
    kind: "device-secret",
    needs: ["createUser "],
    pattern: /(\bcreateUser [\w.-]{1,64} (?:MD5|SHA(?:-\d{3})?) [^\s]{3,200} (?:DES|AES) )([^\s]{3,200})/g,
  },
  {
    kind: "device-secret",
    needs: ["tacacs", "radius"],
    pattern: /(\b(?:tacacs|radius)(?:-server)? (?:host [\w.:-]{1,100} )?key (?:\d )?["']?)([^\s"']{3,400})/g,
    accepts: (value) => looksChosen(value) || looksOpaque(value),
  },
  {
    kind: "device-secret",
    needs: ["key"],
    pattern:
      /(\b(?:isakmp key |message-digest-key \d{1,3} md5 |authentication-key |key-string |pre-shared-key )(?:\d )?["']?)([^\s"']{3,400})/g,
    accepts: (value) => looksChosen(value) || looksOpaque(value),
  },
  {
    kind: "device-secret",
    needs: ["wpa-psk "],
    pattern: /(\bwpa-psk (?:ascii|hex) (?:\d )?)([^\s"']{3,200})/g,
  },
  {
    kind: "named-password",
    needs: FOREIGN.flatMap((name) => [name, name[0]!.toUpperCase() + name.slice(1), name.toUpperCase()]),
    pattern:
      /((?:kennwort|mot de passe|contrase[\u00f1n]a|senha|palavra-passe|wachtwoord|has\u0142o|heslo|salasana|l\u00f6senord|adgangskode|parola)["']?[ \t]{0,4}(?:[:=\uff1a\uff1d]|ist|est?|is)[ \t]{0,4}["']?)([^\s"'<>,;]{4,200})/gi,
    accepts: (value) => looksChosen(value) || looksOpaque(value),
  },
  {
    // The Russian word goes without its first letter, which may be a capital.
    kind: "named-password",
    needs: OTHER_SCRIPTS,
    pattern:
      /((?:\u0430\u0440\u043e\u043b\u044c|\u5bc6[\u7801\u78bc]|\u53e3\u4ee4|\u30d1\u30b9\u30ef\u30fc\u30c9|\ube44\ubc00\ubc88\ud638)["']?[ \t]{0,4}(?:[:=\uff1a\uff1d]|is|\u662f|\u306f)[ \t]{0,4}["']?)([^\s"'<>,;]{4,200})/g,
    accepts: (value) => looksChosen(value) || looksOpaque(value),
  },
  {
    // "login with admin / x", "creds are root/x"
    kind: "login-password",
    needs: ["cred", "login", "log in", "Cred", "Login", "Log in"],
    pattern:
      /(\b(?:creds?|credentials?|log ?in)(?: with| are| is| as|:)? {0,2}(?:root|admin|administrator|user|test|guest|demo|postgres|pi|ubuntu) {0,2}\/ {0,2})([^\s"'<>,;/]{5,100})/gi,
    accepts: looksChosen,
  },
  {
    // slapd.conf and ldap.conf
    kind: "named-password",
    needs: ["bindpw", "rootpw", "RootPW"],
    pattern: /(\b(?:bindpw|rootpw|olcRootPW:)[ \t]{1,16}["']?)([^\s"']{3,400})/g,
    accepts: (value) => !/^[a-z]{1,20}$/.test(value),
  },
  {
    // GitHub Actions masks it from here on.
    kind: "named-secret",
    needs: ["::add-mask::"],
    pattern: /(::add-mask::)([^\s"'`$][^\s"'`]{2,1000})/g,
  },
  // A pair in source code: auth=("name", "password").
  {
    kind: "code-password",
    needs: ["auth"],
    pattern: /(\bauth ?[=:] ?[([]["'][^"'\n]{1,100}["'], ?["'])([^"'\n]{1,200})/g,
  },
];

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A name and its value that stand beside each other in a way that says which is which. `name` and `value` are the two groups. */
const PAIRS: readonly (Pick<Form, "kind" | "needs" | "pattern"> & {
  readonly strict: boolean;
  /** Only what a machine chose is a secret. */
  readonly opaque?: boolean;
})[] = [
  // <add key="Password" value="x"/>, <property name="password" value="x"/>
  {
    kind: "attribute-secret",
    needs: ["alue=", "val="],
    pattern: /\b(?:name|key|Name|Key|id)=["']([\w.:-]{1,96})["']\s{1,8}(?:value|val|Value)=["']([^"'\n]{1,1000})/g,
    strict: false,
  },
  // {name: DB_PASSWORD, value: x}, and on two lines, as in the environment of a container.
  {
    kind: "named-secret",
    needs: ["value:"],
    pattern:
      /\bname: {0,4}["']?([\w.-]{1,96})["']?(?:, {0,4}|[ \t]{0,4}\r?\n[ \t]{1,40})value: {0,4}(?:[!&][\w!.:-]{0,40} {1,4}){0,2}["']?([^\s"',}]{1,1000})/g,
    strict: false,
  },
  // variable "db_password" { default = "x" }, as Terraform has it
  {
    kind: "named-secret",
    needs: ["variable "],
    pattern: /\bvariable "([\w-]{1,96})" \{[^{}]{0,300}?\bdefault {0,20}= {0,4}"([^"\n]{1,1000})/g,
    strict: false,
  },
  // What a command printed of a variable, on the next line: printenv TOKEN, echo $TOKEN
  {
    kind: "named-secret",
    needs: ["printenv ", "echo "],
    pattern: /\b(?:printenv |echo ["']?\$\{?)(\w{1,96})\}?["']?[ \t]{0,4}\r?\n([^\s"'`$]{16,1000})(?=\s|$)/g,
    strict: true,
    opaque: true,
  },
  // ENV TOKEN x
  {
    kind: "named-secret",
    needs: ["ENV ", "SetEnv "],
    pattern: /\b(?:ENV|SetEnv) (\w{1,96}) ["']?([^\s"'=]{1,1000})/g,
    strict: false,
  },
  // <property name="password">x</property>, <Password Value="x"/>, <input type="password" value="x">
  {
    kind: "element-secret",
    needs: ["</"],
    pattern: /<\w{1,40} (?:name|key|id)=["']([\w.:-]{1,96})["']>([^<>\n]{1,1000})(?=<\/)/g,
    strict: false,
  },
  {
    kind: "attribute-secret",
    needs: ["alue="],
    pattern: /<([\w.:-]{1,60}) (?:value|Value)=["']([^"'\n]{1,1000})/g,
    strict: false,
  },
  {
    kind: "attribute-secret",
    needs: ["assword"],
    pattern: /\btype=["'](password)["'] {1,4}(?:name=["'][^"'\n]{0,60}["'] {1,4})?value=["']([^"'\n]{1,1000})/g,
    strict: false,
  },
  // <secret type="x">y</secret>
  {
    kind: "element-secret",
    needs: ["</"],
    pattern: /<([\w.:-]{1,60}) [^<>\n]{1,200}>([^<>\n]{1,1000})(?=<\/)/g,
    strict: false,
  },
  // let token: string = "x"
  {
    kind: "code-secret",
    needs: ["tr", "any", "byte"],
    pattern:
      /\b(\w{1,96})[?!]?: {0,2}(?:[sS]tring|&?str|&'static str|char|any|Optional\[str\])(?: {0,2}\| {0,2}\w{1,12}){0,2} {0,4}= {0,4}["'`]([^"'`\n]{1,1000})/g,
    strict: true,
  },
  // define('DB_PASSWORD', 'x'), setItem("token", "x")
  {
    kind: "code-secret",
    needs: ['("', "('"],
    pattern: /\(["']([\w.:-]{1,96})["'], ?["']([^"'\n]{1,1000})(?=["'])/g,
    strict: true,
  },
  // .password("x"), setPassword("x")
  {
    kind: "code-secret",
    needs: ['")', "')"],
    pattern: /\b([A-Za-z][\w]{1,60})\(["']([^"'\s]{1,1000})(?=["']\))/g,
    strict: true,
  },
];
/** Functions that take a name of a secret, or something to compare with one. */
const ASKING =
  /^(?:get|find|read|load|fetch|is|has|check|validate|verify|hash|parse|delete|remove|require|use|on|create|list|expect|describe|it)/i;

export function formsIn(text: string, share: Share = UNBOUNDED): Span[] {
  const found: Span[] = [];
  for (const { kind, needs, pattern, accepts } of FORMS) {
    if (!needs.some((word) => text.includes(word))) continue;
    for (const match of text.matchAll(pattern)) {
      if (!share.take(2, match.index)) break;
      const value = match[2]!;
      if (isMarked(value) || accepts?.(value) === false) continue;
      const end = match.index + match[0].length;
      found.push({ start: end - value.length, end, kind });
    }
  }
  for (const { kind, needs, pattern, strict, opaque } of PAIRS) {
    if (!needs.some((word) => text.includes(word))) continue;
    for (const match of text.matchAll(pattern)) {
      if (!share.take(2, match.index)) break;
      const [whole, name, value] = match;
      const verdict = keyVerdict(name!);
      if (verdict === "clear" || isMarked(value!) || !isSecretUnder(verdict, value!)) continue;
      if (opaque === true && !looksOpaque(value!)) continue;
      if (strict && (ASKING.test(name!) || !(looksOpaque(value!) || (looksChosen(value!) && /\d/.test(value!)))))
        continue;
      const end = match.index + whole.length;
      found.push({ start: end - value!.length, end, kind });
    }
  }
  return found;
}
