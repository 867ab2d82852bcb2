// Token formats and names of secrets: what each must find, what it must leave, and that hostile text costs no more than its
// length. Samples are made here, so that no scanner takes this file for a leak.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: signs of other languages, not ours
import { describe, expect, it } from "vitest";
import { assignmentsIn } from "../src/assignments.js";
import { FORMATS } from "../src/detectors/index.js";
import { sampleOf, seeded } from "../src/detectors/sample.js";
import { formsIn } from "../src/forms.js";
import { keyVerdict, redactText } from "../src/index.js";
import { lookOver } from "../src/lookover.js";
import { shapesIn } from "../src/shapes.js";
import { tokensIn } from "../src/tokens.js";
import { urlCredentialsIn } from "../src/urls.js";
import { looksChosen, looksOpaque } from "../src/values.js";

const SECRET = "q9Zx7Lw2Pk4Vt8mN3bHs";
const next = seeded(7);

describe("token formats", () => {
  it("are those of at least 120 providers, each with its source", () => {
    expect(new Set(FORMATS.map(({ provider }) => provider)).size).toBeGreaterThanOrEqual(120);
    for (const { name, source, samples } of FORMATS) {
      expect(source.length, name).toBeGreaterThan(4);
      expect(name).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)+$/);
      expect(samples.length, name).toBeGreaterThan(0);
    }
  });

  it("repeat nothing without a bound", () => {
    for (const { name, rest, before } of FORMATS) {
      const outside = rest.replace(/\\.|\[(?:\\.|[^\]\\])*\]/g, "x");
      expect(outside, name).not.toMatch(/[*+]|\{\d+,\}/);
      expect(before?.most ?? 0, name).toBeLessThanOrEqual(100);
    }
  });

  it.each(FORMATS.map((format) => [format.name, format] as const))("%s: each sample is found whole", (_, format) => {
    for (const notation of format.samples) {
      const token = sampleOf(notation, next);
      const start = format.keeps === true ? format.starts.find((literal) => token.includes(literal))! : "";
      const secret = start === "" ? token : token.slice(token.indexOf(start) + start.length);
      for (const text of [
        token,
        `created ${token} today`,
        `{"a":"${token}"}`,
        `x\\n${token}\\n`,
        `(${token})`,
        `'${token}'`,
      ]) {
        const masked = redactText(text).text;
        expect(masked, text).not.toContain(secret.slice(0, Math.min(12, secret.length)));
        expect(masked, text).not.toContain(secret.slice(-8));
      }
    }
  });

  it.each(FORMATS.map((format) => [format.name, format] as const))("%s: its beginning alone is none", (_, format) => {
    for (const start of format.starts.slice(0, 5)) {
      for (const text of [`the prefix ${start} is known`, `see ${start}`, `${start}...`]) {
        const found = tokensIn(text).filter(({ kind }) => kind === format.name);
        expect(found, text).toEqual([]);
      }
    }
    for (const notation of format.clear ?? []) expect(tokensIn(sampleOf(notation, next)), notation).toEqual([]);
  });
});

describe("names", () => {
  it.each(
    "DB_PASS SMTP_PASS dbPass MYSQL_PWD userPwd snowsql_pwd PASSWORDS SECRETS apiKeys API_KEYS ENCRYPTION_KEY signing_key RAILS_MASTER_KEY WALLET_SEED PHPSESSID JSESSIONID Ocp-Apim-Subscription-Key TS_AUTHKEY csrfToken2x".split(
      " ",
    ),
  )("%s says that a secret stands under it", (name) => expect(["secret", "token"]).toContain(keyVerdict(name)));

  it.each(
    "STRIPE_KEY OPENAI_KEY DD_APP_KEY pass pwd sessionid SESSION_KEY GITHUB_PAT password_file secretName".split(" "),
  )("under %s only what looks like a secret is one", (name) =>
    expect(["key", "pass", "secret"]).toContain(keyVerdict(name)),
  );

  it.each(
    "primary_key SORT_KEY foreignKey publicKey sortKey cacheKey monkey keyboard bypass compass passport OLDPWD first_pass testPass session_id sessionId sessionKey author secretary tokenize max_tokens".split(
      " ",
    ),
  )("%s is clear", (name) => expect(keyVerdict(name)).toBe("clear"));
});

const found: Record<string, string[]> = {
  "files of credentials": [
    `machine api.example.com login deploy password ${SECRET}`,
    `machine h\n  login me\n  password ${SECRET}\n`,
    `db.example.com:5432:prod:app:${SECRET}`,
    `*:*:*:postgres:${SECRET}`,
    `requirepass ${SECRET}`,
  ],
  tables: [
    `Key      Value\n---      -----\ntoken    ${SECRET}\n`,
    `| password | ${SECRET} |`,
    `| db_password | ${SECRET} | string |`,
    `access_key\t${SECRET}`,
  ],
  prompts: [
    `AWS Secret Access Key [None]: ${SECRET}`,
    `Password for bob@host: ${SECRET}`,
    `API key (hidden): ${SECRET}`,
    `Unseal Key 1: ${SECRET}`,
    `The password is ${SECRET}.`,
  ],
  "connection strings": [
    `Server=localhost;Initial Catalog=Demo;User ID=sa;Pwd=${SECRET};`,
    `host=h user=u password='${SECRET}' dbname=d`,
    `jdbc:mysql://h/db?user=a&password=${SECRET}`,
  ],
  "query strings": [
    `https://maps.example.com/api?key=${SECRET}`,
    `https://fn.example.net/api/f?code=${SECRET}&x=1`,
    `/cb?state=a&code=${SECRET}`,
    `https://h/#access_token=${SECRET}&x=1`,
  ],
  "YAML tags and anchors": [
    `password: !!str ${SECRET}`,
    `password: &pw ${SECRET}\nuser: app`,
    `password: &a !!str "${SECRET}"`,
    `api_key: !<tag:yaml.org,2002:str> ${SECRET}`,
    `password: !vault |\n  ${SECRET}\nx: 1`,
    `"password": !!str ${SECRET}`,
  ],
  flags: [
    `tool --pass ${SECRET}`,
    `tool --key ${SECRET}`,
    `keytool -storepass ${SECRET}`,
    `tool --client-secret=${SECRET}`,
  ],
  JSON: [
    `{"user":"a","pw":"${SECRET}"}`,
    `{"headers":[{"key":"Authorization","val":"${SECRET}"}]}`,
    `{"apiKeys":["${SECRET}"]}`,
    `{"Name":"DB_PASSWORD","Value":"${SECRET}"}`,
  ],
  "source code": [
    `define('DB_PASSWORD', '${SECRET}')`,
    `builder.password("${SECRET}")`,
    `auth=("bob", "${SECRET}")`,
    `<add key="Password" value="${SECRET}" />`,
    `CREATE USER a IDENTIFIED BY '${SECRET}';`,
    `password := "${SECRET}"`,
  ],
};
describe.each(Object.entries(found))("in %s", (_, texts) => {
  it.each(texts)("%j", (text) => {
    const once = redactText(text);
    expect(once.text).not.toContain(SECRET);
    expect(redactText(once.text)).toEqual({ text: once.text, count: 0 });
  });
});

describe("what stays", () => {
  it.each([
    "password: *default_password\nuser: app",
    "Password: !Ref DBPassword",
    "auth: user 7 signed in",
    "invalid secret key: outside of range",
    "    privateKey: PrivKey,",
    "function f(privateKey: Hex): Uint8Array {",
    "token = tokens[i];",
    "    credentials: RequestCredentials",
    "apiKey = defaultApiKey;",
    'INVALID_PASSWORD = "invalid-password"',
    "NODE_AUTH_TOKEN: ${{ secrets.NPM_TOKEN }}",
    "export GITHUB_TOKEN=$(gh auth token); gh run view 4",
    "Unexpected token 'export'",
    "src/a.ts:12:5:error:unused",
    "commit 2b3cf8748ffa97de210cf3aa0871753bcd70194e",
    "cache_key=node-modules-linux-9f86d081884c7d659a2feaa0c55ad015",
    '{"session_id":"6e2a3704-1bb0-4010-8610-469e4797abe2"}',
    '{"sessionKey":"agent:main:subagent:6e2a3704-1bb0-4010-8610-469e4797abe2"}',
    "Array<Token>; Promise<Authorization>",
    "auth.chainId != null ? auth.chainId : 0)",
  ])("%j", (text) => expect(redactText(text)).toEqual({ text, count: 0 }));

  it("is told from a secret by what a value looks like", () => {
    for (const value of [
      SECRET,
      "9f86d081884c7d659a2feaa0c55ad015",
      "myqhs2kokrljht2uhfp264iqitt345j4lrrja5ybxscnoylw5mlg",
    ])
      expect(looksOpaque(value)).toBe(true);
    for (const value of [
      "node_modules-v1-linux",
      "agent:main:main",
      "/usr/lib/x86_64-linux-gnu/a",
      "myCacheKeyNameForUser",
      "https://a.b/c1d2e3f4g5h6",
    ])
      expect(looksOpaque(value)).toBe(false);
    for (const value of ["hunter2", "S3cret!", "correct-horse7"]) expect(looksChosen(value)).toBe(true);
    for (const value of ["north", "/srv/app", "v1.2.3", "north-west", "a b1"]) expect(looksChosen(value)).toBe(false);
  });
});

describe("a megabyte of hostile text takes no detector more than linear time", () => {
  const n = 1 << 20;
  const of = (unit: string) => unit.repeat(Math.ceil(n / unit.length)).slice(0, n);
  const literals = FORMATS.flatMap(({ starts }) => starts.slice(0, 2));
  const texts: Record<string, string> = {
    "all literals": of(literals.join("")),
    "all literals apart": of(literals.join(" ")),
    "heads of web tokens": of("eyJ"),
    "names with signs": of("a_key="),
    "short names": of("key="),
    "names and colons": of("token: "),
    "names and bars": of("|token|"),
    "names and blanks": `token${of(" ")}`,
    "names in lines": of("token  a\n"),
    brackets: of("key ["),
    addresses: of("https://a?key="),
    parameters: of("&code="),
    "password files": of("a:5432:b:c:"),
    logins: of("login a password "),
    elements: of("<a b>c"),
    calls: of('a("'),
    tags: of("password: !a &b "),
    "lists of keys": of("api_keys: ["),
    colons: of(":AA"),
    hexadecimal: of("0123456789abcdef"),
    dots: of("hvs.sk-.SG.eyJ."),
  };
  const detectors = { lookOver, tokensIn, shapesIn, assignmentsIn, urlCredentialsIn, formsIn };
  it.each(Object.keys(texts))("%s", (name) => {
    for (const [detector, find] of Object.entries(detectors)) {
      const before = process.threadCpuUsage();
      find(texts[name]!);
      const { user, system } = process.threadCpuUsage(before);
      // Quadratic work would take minutes. How long linear work takes, `npm run check:speed` says.
      expect((user + system) / 1e6, detector).toBeLessThan(5);
    }
  });
});
