// Secrets that programs take as arguments without saying so in a name: `curl -u user:x`, `mysql -px`, `redis-cli -a x`,
// `setx TOKEN x`. Works on the words of a command, whether a shell split them or the host gave them as a list.
import { nameOf } from "@sealtrail/shell";
import { isSecretUnder, keyVerdict } from "./keywords.js";
import { REDACTED } from "./marker.js";
import { namesProgram } from "./programs.js";

/** A secret in one word: units [start, end) of its value. */
export interface Hit {
  readonly word: number;
  readonly start: number;
  readonly end: number;
  readonly kind: string;
}

interface Rule {
  /** Words that must follow the program, options left out: `docker login`. */
  readonly sub?: readonly string[];
  /** Options whose next word, or what follows `=`, is the secret. */
  readonly next?: readonly string[];
  /** Options that are run together with the secret: `-px`. */
  readonly glued?: readonly string[];
  /** Options whose value is `user:secret`. */
  readonly pair?: readonly string[];
  /** Sign between the two; ":" where it is not said. */
  readonly sign?: string;
  /** The argument (options left out, counted from 0 behind `sub`) that is the secret; -1 for the last. */
  readonly argument?: number;
  /** Arguments there must be for that. */
  readonly atLeast?: number;
  /** Options whose value is `name=secret; name=secret`. */
  readonly cookies?: readonly string[];
  /** Behind `sub`, what follows a name of a secret as a word of its own. */
  readonly named?: boolean;
  /** What the first argument must be. */
  readonly first?: RegExp;
  /** Every `NAME=secret` behind `sub`. */
  readonly settings?: boolean;
  /** An option that must be there: `htpasswd -b`. */
  readonly needs?: RegExp;
  /** A word that must be there for the rule to say anything: `--type SecureString`. */
  readonly with?: RegExp;
}

const rule = (programs: string, ...rules: Rule[]): [string[], Rule[]] => [programs.split(" "), rules];
const options = (text: string): string[] => text.split(" ");

const TABLE: readonly [string[], Rule[]][] = [
  rule("curl", {
    pair: options("-u -U --user --proxy-user -E --cert --proxy-cert"),
    next: options("--oauth2-bearer --pass --tlspassword --proxy-pass"),
    cookies: options("-b --cookie"),
  }),
  rule("http https xh xhs", { pair: options("-a --auth") }),
  rule("wget aria2c", {
    next: options("--password --http-password --ftp-password --proxy-password --http-passwd --ftp-passwd"),
  }),
  rule("sshpass", { next: ["-p"], glued: ["-p"] }),
  rule(
    "docker podman nerdctl buildah oras crane skopeo finch",
    { sub: ["login"], next: options("-p --password"), glued: ["-p"] },
    { pair: options("--creds --src-creds --dest-creds") },
  ),
  rule("cf ibmcloud oc", { sub: ["login"], next: ["-p"] }),
  rule("helm", { sub: ["registry", "login"], next: ["-p"] }),
  rule(
    "mysql mysqldump mysqladmin mysqlimport mysqlsh mysqlpump mysqlcheck mysqlshow mariadb mariadb-dump mariadb-admin mycli",
    { glued: ["-p"] },
  ),
  rule(
    "redis-cli iredis keydb-cli valkey-cli",
    { next: options("-a --pass") },
    { sub: ["AUTH"], argument: -1, atLeast: 1 },
    { sub: ["auth"], argument: -1, atLeast: 1 },
  ),
  rule("mongo mongosh mongodump mongorestore mongoexport mongoimport mongostat mongotop", {
    next: ["-p"],
    glued: ["-p"],
  }),
  rule("zip unzip zipcloak", { next: ["-P"], glued: ["-P"] }),
  rule("7z 7za 7zr 7zz rar unrar p7zip", { glued: options("-p -hp") }),
  rule("ldapsearch ldapadd ldapmodify ldapdelete ldapwhoami ldapcompare ldapmodrdn", {
    next: options("-w -s -a"),
    glued: ["-w"],
  }),
  rule("ldappasswd", { next: options("-w -s -a") }),
  rule("smbclient rpcclient smbget smbcacls", { pair: options("-U --user"), sign: "%" }),
  rule("htpasswd", { needs: /^-[A-Za-z0-9]{0,8}b/, argument: -1, atLeast: 2 }),
  rule("sqlcmd bcp osql", { next: ["-P"], glued: ["-P"] }),
  rule("isql tsql", { next: ["-P"], argument: 2, atLeast: 3 }),
  rule("openssl", { next: options("-k -K -passwd") }),
  rule("kubectl oc k3s microk8s", { pair: options("--from-literal"), sign: "=" }),
  rule(
    "gh glab",
    { sub: ["secret", "set"], next: options("--body -b") },
    { sub: ["variable", "set"], next: options("--value -v") },
  ),
  rule(
    "flyctl fly railway heroku eb doppler infisical netlify",
    { sub: ["secrets", "set"], settings: true },
    { sub: ["secrets", "import"], settings: true },
    { sub: ["config:set"], settings: true },
    { sub: ["env:set"], argument: 1, atLeast: 2 },
    { sub: ["secrets", "set"], first: /^[^=]+$/, argument: 1, atLeast: 2 },
  ),
  rule("supabase", { sub: ["secrets", "set"], settings: true }),
  rule("wrangler", { sub: ["secret", "put"], argument: 1, atLeast: 2 }),
  rule("firebase", { sub: ["functions:secrets:set"], argument: 1, atLeast: 2 }),
  rule("aws", { sub: ["ssm", "put-parameter"], next: ["--value"], with: /^SecureString$|=SecureString$/ }),
  rule("chamber", { sub: ["write"], argument: 2, atLeast: 3 }),
  rule("credhub", { sub: ["set"], next: options("-w --password -v --value") }),
  rule("berglas", { sub: ["create"], argument: 1, atLeast: 2 }),
  rule("twilio", { sub: ["login"], argument: 1, atLeast: 2 }),
  rule("radtest", { argument: 1, atLeast: 4 }, { argument: 4, atLeast: 5 }),
  rule(
    "vault bao",
    { sub: ["login"], argument: -1, atLeast: 1 },
    { sub: ["kv", "put"], settings: true },
    { sub: ["kv", "patch"], settings: true },
    { sub: ["unseal"], argument: 0, atLeast: 1 },
    { sub: ["unwrap"], argument: 0, atLeast: 1 },
  ),
  rule("consul", { sub: ["kv", "put"], argument: -1, atLeast: 2 }),
  rule("ssh-keygen", { next: options("-N -P") }),
  rule(
    "security",
    { sub: ["add-generic-password"], next: ["-w"] },
    { sub: ["add-internet-password"], next: ["-w"] },
    { sub: ["unlock-keychain"], next: ["-p"] },
    { sub: ["create-keychain"], next: ["-p"] },
    { sub: ["import"], next: ["-P"] },
  ),
  rule(
    "net net1",
    { sub: ["user"], argument: 1, atLeast: 2 },
    { sub: ["use"], argument: 1, atLeast: 2 },
    { sub: ["use"], argument: 2, atLeast: 3 },
  ),
  rule(
    "mc",
    { sub: ["alias", "set"], argument: 3, atLeast: 4 },
    { sub: ["config", "host", "add"], argument: 3, atLeast: 4 },
  ),
  rule(
    "rabbitmqctl",
    { sub: ["add_user"], argument: 1, atLeast: 2 },
    { sub: ["change_password"], argument: 1, atLeast: 2 },
  ),
  rule("wpa_passphrase", { argument: 1, atLeast: 2 }),
  rule("lftp ncftp ncftpput ncftpget", { pair: ["-u"], sign: ",", next: ["-p"] }),
  rule("ftp", { pair: ["-u"] }),
  rule("sqlplus sqlcl rman expdp impdp", { argument: 0, sign: "/" }),
  rule(
    "ngrok",
    { sub: ["authtoken"], argument: 0, atLeast: 1 },
    { sub: ["config", "add-authtoken"], argument: 0, atLeast: 1 },
  ),
  rule("snyk", { sub: ["auth"], argument: 0, atLeast: 1 }),
  rule("wandb", { sub: ["login"], argument: 0, atLeast: 1 }),
  rule("cargo", { sub: ["login"], argument: 0, atLeast: 1 }),
  rule(
    "az",
    { sub: ["login"], next: options("-p --password") },
    { sub: ["keyvault", "secret", "set"], next: ["--value"] },
    { next: options("--admin-password --account-key --sas-token") },
  ),
  rule("doctl", { sub: ["auth", "init"], next: ["-t"] }),
  rule("mosquitto_pub mosquitto_sub", { next: options("-P --pw") }),
  rule("ipmitool", { next: ["-P"] }),
  rule("twine", { next: options("-p --password") }),
  rule("useradd usermod", { next: options("-p --password") }),
  rule("plink pscp psftp putty", { next: ["-pw"] }),
  rule("keytool jarsigner apksigner", {
    next: options("-storepass -keypass -srcstorepass -deststorepass -srckeypass -destkeypass -new"),
  }),
  rule("influx", { next: ["-password"] }),
  rule("snmpwalk snmpget snmpset snmpbulkwalk snmpbulkget", { next: options("-c -A -X") }),
  rule("bw", { sub: ["unlock"], argument: 0, atLeast: 1 }, { sub: ["login"], argument: 1, atLeast: 2 }),
  rule("pulumi", { sub: ["config", "set"], needs: /^--secret$/, argument: 1, atLeast: 2 }),
  rule("nxc netexec crackmapexec evil-winrm smbmap hydra medusa rdesktop", { next: ["-p"] }),
  rule("rclone", { sub: ["obscure"], argument: 0, atLeast: 1 }, { sub: ["config"], named: true }),
  rule("bundle", { sub: ["config"], argument: 1, atLeast: 2, sign: ":" }),
  rule("sonar-scanner mvn gradle", { glued: options("-Dsonar.login= -Dsonar.token=") }),
  rule(
    "impacket-psexec impacket-wmiexec impacket-smbexec impacket-secretsdump psexec.py wmiexec.py smbexec.py secretsdump.py",
    { argument: 0, sign: ":" },
  ),
  rule("etcdctl", { pair: ["--user"] }),
  rule("psql pg_dump pg_restore createdb", { next: ["--password"] }),
  rule("chpasswd", { argument: -1, atLeast: 1, sign: ":" }),
  rule(
    "nmcli",
    { sub: ["device", "wifi", "connect"], argument: 2, atLeast: 3 },
    { sub: ["dev", "wifi", "connect"], argument: 2, atLeast: 3 },
    { sub: ["d", "wifi", "connect"], argument: 2, atLeast: 3 },
  ),
  rule("gpg gpg2", { next: ["--passphrase"] }),
  rule("cryptsetup", { next: ["--key-string"] }),
  rule("ansible ansible-playbook", { next: ["--become-password"] }),
  rule("cmdkey xfreerdp wfreerdp xfreerdp3", { glued: options("/pass: /p:") }),
  rule("ConvertTo-SecureString convertto-securestring", {
    next: options("-String -string"),
    argument: 0,
    atLeast: 1,
  }),
  rule("unrar-free", { glued: ["-p"] }),
  rule("dotnet", { sub: ["nuget", "push"], next: options("-k --api-key") }),
  rule("nuget", { sub: ["push"], next: options("-ApiKey -apikey") }, { sub: ["setapikey"], argument: 0, atLeast: 1 }),
  rule("composer poetry", { sub: ["config"], first: /^http-basic\./, argument: 2, atLeast: 3 }),
  rule("flyctl fly", { sub: ["auth", "token"], argument: 0, atLeast: 1 }),
  rule("psexec psexec64 PsExec PsExec64 paexec", { next: ["-p"] }),
  rule("winrs", { glued: options("-p: -password: /p: /password:") }),
  rule("certutil", { next: ["-p"] }),
  rule("signtool", { sub: ["sign"], next: options("/p -p") }),
  rule("schtasks", { next: options("/rp -rp") }),
  rule("cqlsh", { next: options("-p --password") }),
];

/** A program may stand in several lines of the table. */
function merged(table: typeof TABLE): Map<string, readonly Rule[]> {
  const found = new Map<string, readonly Rule[]>();
  for (const [names, rules] of table) for (const name of names) found.set(name, [...(found.get(name) ?? []), ...rules]);
  return found;
}

const RULES = merged(TABLE);
/** Programs, and words of any program, that a name and then a value follow. */
const NAMED = new Set(["setx", "setenv", "config", "configure", "set"]);
const MOST_WORDS = 2_000;
/** Words that the rules of one command's programs may pass; beyond it each program's rules see no more than the next few. */
const MOST_PASSED = 8_000;
const FEW = 64;

/** Programs that have a rule: for whoever looks for commands in other text. */
export const PROGRAMS: readonly string[] = [...RULES.keys(), "setx", "setenv"];

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** What must stand in a text so that one of a program's rules finds something; undefined where that may be anything. */
function signOf(rules: readonly Rule[]): RegExp | undefined {
  const signs: string[] = [];
  for (const { sub, next = [], glued = [], pair = [], cookies = [], argument, settings } of rules) {
    if (sub !== undefined) signs.push(escaped(sub[0]!));
    else if (argument !== undefined || settings === true) return undefined;
    else {
      signs.push(...[...next, ...glued, ...pair, ...cookies].map(escaped));
      // `-sSu bob:x`
      for (const option of pair) if (option.length === 2) signs.push(`-[A-Za-z]{1,9}${escaped(option[1]!)}`);
    }
  }
  return new RegExp(`(?<![\\w-])(?:${signs.join("|")})`);
}

const SIGNS = new Map([...RULES].map(([name, rules]) => [name, signOf(rules)]));

/** Whether a text with this program in it may hold a secret of which its rules speak. `isNamed`: the text holds a name of a secret. */
export function mayApply(name: string, text: string, isNamed: boolean): boolean {
  if (NAMED.has(name)) return isNamed;
  return SIGNS.get(name)?.test(text) ?? RULES.has(name);
}

/** The secrets among the words of one command. `words[0]` need not be the program: `sudo`, `env A=b` and the like may stand before it. */
export function secretsOfCommand(words: readonly string[], taken: { steps: number } = { steps: 0 }): Hit[] {
  const found: Hit[] = [];
  const read = words.length > MOST_WORDS ? words.slice(0, MOST_WORDS) : words;
  const count = read.length;
  let passed = 0;
  // A rule may find the same value from several programs of one command: `curl -u a:b curl -u a:b`.
  const reported = new Map<number, Set<number>>();
  const hit = (word: number, start: number, end: number, kind: string) => {
    const value = words[word]!;
    // Quotes that belong to the text around, as in JSON.
    let [from, to] = [start, end];
    while (from < to && "\"'".includes(value[from]!)) from++;
    while (to > from && "\"'".includes(value[to - 1]!)) to--;
    const starts = reported.get(word);
    if (starts?.has(from)) return;
    if (starts === undefined) reported.set(word, new Set([from]));
    else starts.add(from);
    if (!isNone(value.slice(from, to))) found.push({ word, start: from, end: to, kind });
  };
  for (let i = 0; i < count; i++) {
    const word = words[i]!;
    if (word.length > 64 || word.startsWith("-")) {
      const at = word.startsWith("pass:") || word.startsWith("-") ? word.indexOf("pass:") : -1;
      if (at >= 0 && at < 12) hit(i, at + 5, word.length, "command-password");
      continue;
    }
    if (word.startsWith("pass:")) hit(i, 5, word.length, "command-password");
    const name = nameOf(word);
    const rules = RULES.get(name);
    if (rules !== undefined) {
      const end = passed < MOST_PASSED ? count : Math.min(count, i + FEW);
      passed += rules.length * (end - i);
      for (const one of rules) apply(one, read, i + 1, end, hit);
    }
    if (i > 0 && SETTING.test(words[i - 1]!)) setting(word, i, hit);
    if (i > 0 && PRINTING.test(words[i - 1]!)) printing(word, i, hit);
    if (word.includes("@") && CLIENTS.has(nameOf(words[0]!))) login(word, i, hit);
    if (i > 0 && words[i - 1] === "--arg" && i + 1 < count && isSecretName(word))
      hit(i + 1, 0, words[i + 1]!.length, "command-secret");
    if (NAMED.has(name)) named(words, i, count, hit);
    if (name === "printf") printed(words, i, count, hit);
  }
  taken.steps += passed >> 2;
  return found;
}

type Report = (word: number, start: number, end: number, kind: string) => void;

function apply(one: Rule, words: readonly string[], from: number, to: number, hit: Report): void {
  if (one.with !== undefined && !words.slice(from, Math.min(to, from + FEW)).some((word) => one.with!.test(word)))
    return;
  const kind = "command-password";
  let sub = 0;
  let needed = one.needs === undefined;
  const plain: number[] = [];
  for (let i = from; i < to; i++) {
    const word = words[i]!;
    const isOption =
      word.startsWith("-") ||
      (word.startsWith("/") && [one.glued, one.next].some((names) => names?.some((name) => name.startsWith("/"))));
    if (!isOption) {
      if (sub < (one.sub?.length ?? 0)) {
        if (word === one.sub![sub]) sub++;
        else if (sub > 0) return;
      } else plain.push(i);
      continue;
    }
    if (one.needs?.test(word)) needed = true;
    if (sub < (one.sub?.length ?? 0)) {
      // `docker login -p x`: the option may also stand before the last word of `sub`, which is rare; it is not looked at then.
      continue;
    }
    const equals = word.indexOf("=");
    const name = equals > 0 ? word.slice(0, equals) : word;
    if (one.next?.includes(name)) {
      if (equals > 0) hit(i, equals + 1, word.length, kind);
      else if (i + 1 < words.length) hit(++i, 0, words[i]!.length, kind);
      continue;
    }
    const glued = one.glued?.find((option) => word.startsWith(option) && word.length > option.length);
    if (glued !== undefined && !word.startsWith("--")) {
      hit(i, glued.length, word.length, kind);
      continue;
    }
    if (one.cookies?.includes(name)) {
      const at = equals > 0 ? i : i + 1;
      if (at < to)
        for (const [start, end] of cookieValues(words[at]!, equals > 0 ? equals + 1 : 0)) hit(at, start, end, kind);
      i = at;
      continue;
    }
    const sign = one.sign ?? ":";
    if (one.pair?.includes(name)) {
      const at = equals > 0 ? i : i + 1;
      if (at >= words.length) return;
      const value = words[at]!;
      const split = value.indexOf(sign, equals > 0 ? equals + 1 : 0);
      if (split >= 0) hit(at, split + 1, value.length, kind);
      i = at;
      continue;
    }
    // `-ubob:x`, `-sSu bob:x`
    const short = one.pair?.find(
      (option) => option.length === 2 && word[0] === "-" && word[1] !== "-" && word.includes(option[1]!, 1),
    );
    if (short !== undefined && word.length > 2) {
      if (word.startsWith(short)) {
        const split = word.indexOf(sign);
        if (split > 0) hit(i, split + 1, word.length, kind);
      } else if (word.endsWith(short[1]!) && /^-[A-Za-z]{2,10}$/.test(word) && i + 1 < words.length) {
        const value = words[++i]!;
        const split = value.indexOf(sign);
        if (split >= 0) hit(i, split + 1, value.length, kind);
      }
    }
  }
  if (!needed || sub < (one.sub?.length ?? 0)) return;
  if (one.settings === true) {
    for (const i of plain) {
      const equals = words[i]!.indexOf("=");
      if (equals > 0) hit(i, equals + 1, words[i]!.length, kind);
    }
  }
  if (one.named === true) {
    for (const i of plain) {
      if (words[i]!.includes("=") || !isSecretName(words[i]!) || i + 1 >= to) continue;
      hit(i + 1, 0, words[i + 1]!.length, "command-secret");
    }
  }
  if (one.argument === undefined || plain.length < (one.atLeast ?? 1)) return;
  if (one.first?.test(words[plain[0]!]!) === false) return;
  const place = one.argument < 0 ? plain.at(-1)! : plain[one.argument];
  if (place === undefined) return;
  const value = words[place]!;
  if (one.sign === undefined) {
    // `vault login method=userpass`, `net user /domain`
    if (!/^[a-z]{1,20}=|^[/*\\]/.test(value)) hit(place, 0, value.length, kind);
    return;
  }
  const split = value.indexOf(one.sign);
  const end = value.indexOf("@", split + 1);
  if (split > 0) hit(place, split + 1, end > 0 ? end : value.length, kind);
}

/** Units of the values in `a=x; b=y`. */
function* cookieValues(word: string, from: number): Iterable<[number, number]> {
  const cookie = /([\w.-]{1,100})=([^;]{1,4000})/g;
  cookie.lastIndex = from;
  for (let n = 0; n < 100; n++) {
    const match = cookie.exec(word);
    if (match === null) return;
    yield [cookie.lastIndex - match[2]!.length, cookie.lastIndex];
  }
}

/** `setx NAME value`, `set -x NAME value`, `config set NAME value`, `git config --global NAME value`. */
function named(words: readonly string[], at: number, count: number, hit: Report): void {
  let i = at + 1;
  while (i < count && (words[i]!.startsWith("-") || words[i] === "set" || words[i] === "add")) i++;
  if (i + 1 >= count || i > at + 8) return;
  if (words[i]!.includes("=") || words[i]!.length > 200) return;
  if (isSecretUnder(keyVerdict(words[i]!), words[i + 1]!)) hit(i + 1, 0, words[i + 1]!.length, "command-secret");
}

/** Options whose value is `NAME=value`, of which the value is all of the word: `docker run -e "DB_PASSWORD=a b"`. */
const SETTING = /^(?:-e|--env|--build-arg|--set|--set-string|-var|--var|--param|--parameter|--parameters)$/;

function setting(word: string, at: number, hit: Report): void {
  const equals = word.indexOf("=");
  const name = word.slice(0, equals);
  if (equals > 0 && /^[\w.-]+$/.test(name) && isSecretUnder(keyVerdict(name), word.slice(equals + 1)))
    hit(at, equals + 1, word.length, "command-secret");
}

/** Options whose value is a command that prints a password. */
const PRINTING = /^--?(?:password|passphrase|pass|token|secret|credential)-(?:command|cmd)$/;

function printing(word: string, at: number, hit: Report): void {
  const match = /^(?:echo|printf)(?: -[neE]{1,3}| ["']?%s["']?)? ["']?([^\s"'$`]{1,400})["']?$/.exec(word);
  if (match !== null)
    hit(at, word.indexOf(match[1]!, 4), word.indexOf(match[1]!, 4) + match[1]!.length, "command-password");
}

/** Programs that take `user:secret@host` without a scheme in front. */
const CLIENTS = new Set(
  "curl wget http https xh ftp sftp lftp scp ssh rsync mongo mongosh psql mysql mysqlsh redis-cli nc socat sshpass".split(
    " ",
  ),
);

function login(word: string, at: number, hit: Report): void {
  const match = /^([\w.+-]{1,64}:)([^\s:@/]{3,200})@[\w.-]{1,200}(?=[:/?]|$)/.exec(word);
  if (match !== null) hit(at, match[1]!.length, match[1]!.length + match[2]!.length, "command-password");
}

/** `printf -v NAME format value`, `printf 'token=%s' value`. */
function printed(words: readonly string[], at: number, count: number, hit: Report): void {
  let i = at + 1;
  const isNamed = words[i] === "-v" && i + 1 < count && isSecretName(words[i + 1]!);
  if (words[i] === "-v") i += 2;
  const format = words[i];
  if (format === undefined || i >= count) return;
  let value = i + 1;
  for (const [whole, name = ""] of format.slice(0, 2_000).matchAll(/(?:([\w.-]{1,64}) {0,4}[=:] {0,4}["']?)?%[a-z]/g)) {
    if (whole !== "" && value < count && (isNamed || isSecretName(name)))
      hit(value, 0, words[value]!.length, "command-secret");
    value++;
  }
}

/** Whether a name says that its value is a secret. */
export function isSecretName(name: string): boolean {
  return name !== "" && name.length <= 200 && keyVerdict(name) !== "clear";
}

/** A mark that stands there already, an option, a program, or a reference to what stands elsewhere. */
function isNone(value: string): boolean {
  return (
    value === "" ||
    value.includes(REDACTED) ||
    value.startsWith("-") ||
    namesProgram(value) ||
    /^(?:\$(?:\w|\{\w+\}|\().*|%\w+%|@.+|`.*)$/s.test(value)
  );
}
