// Redaction of free text: what goes, what stays, and that hostile text costs no more than its length.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyVerdict, redactionPolicy, redactText } from "../src/index.js";

const redacted = (text: string) => redactText(text).text;

// Built here, so that no scanner takes this file for a leak.
const AWS = `AKIA${"Z7Q2".repeat(4)}`;
const GITHUB = `ghp_${"a1B2".repeat(9)}`;
const JWT = "eyJhbGciOiJIUzI1NiJ9.e30.abcdefghijklmnop";

it("masks what commands take behind a bare -p", () => {
  const masked = redacted;
  expect(masked("sshpass -p hunter2 ssh h")).toBe("sshpass -p [REDACTED] ssh h");
  expect(masked("sshpass -phunter2 ssh h")).toBe("sshpass -p[REDACTED] ssh h");
  expect(masked("docker login -u a -p hunter2 r.io")).toBe("docker login -u a -p [REDACTED] r.io");
  expect(masked("mysql -u root -phunter2 db")).toBe("mysql -u root -p[REDACTED] db");
  for (const text of ["mysql -p db", "docker run -p 80:80 x", "mysql -u root --port 3306", "docker ps; ls -p x"]) {
    expect(masked(text)).toBe(text);
  }
  expect(masked("docker login ".repeat(50_000)).length).toBe(650_000);
});

describe("keys", () => {
  it.each([
    "secret",
    "clientSecret",
    "AWS_SECRET_ACCESS_KEY",
    "Password",
    "db.password",
    "PASSWORDhash",
    "PGPASSWORD",
    "passwd",
    "pass_phrase",
    "credential",
    "awsCredentials",
    "jwt",
    "JWTToken",
    "bearer",
    "Set-Cookie",
    "auth",
    "auth0",
    "x-auth-user",
    "Proxy-Authorization",
    "apiKey",
    "\uff30\uff21\uff33\uff33\uff37\uff2f\uff32\uff24",
    "pas\u017fword",
    "APIKey",
    "api_key",
    "apikey",
    "X-Api-Key",
    "private-key",
    "privateKey",
    "accessKeyId",
    "access.key",
  ])("%s says that a secret stands under it", (key) => expect(keyVerdict(key)).toBe("secret"));

  it.each(["token", "authToken2".slice(4), "refresh_token", "contextTokenBudget"])(
    "%s keeps numbers and booleans",
    (key) => expect(keyVerdict(key)).toBe("token"),
  );

  it.each([
    "inputTokens",
    "outputTokens",
    "maxTokens",
    "author",
    "authorized",
    "commandAuthorized",
    "authored_by",
    "keyboard",
    "key",
    "publicKey",
    "accessible",
    "passing",
    "",
    "constructor",
    "__proto__",
  ])("%j is clear", (key) => expect(keyVerdict(key)).toBe("clear"));
});

describe("what is masked in place", () => {
  it.each([
    [`id ${AWS} end`, "id [REDACTED] end"],
    [`git clone https://${GITHUB}@github.com/a/b`, "git clone https://[REDACTED]@github.com/a/b"],
    [`jwt: ${JWT}`, "jwt: [REDACTED]"],
    [`x\\n${JWT}`, "x\\n[REDACTED]"],
    [`xoxb-${"1234567890-"}abcdef`, "[REDACTED]"],
    [
      `sk_live_${"0123456789ab"} sk-ant-api03-${"abcdefgh12345678"} sk-proj-${"abcdefgh12345678"}`,
      "[REDACTED] [REDACTED] [REDACTED]",
    ],
    [`AIza${"Sy0123456789abcdefghijklmnopqrstuvw"}`, "[REDACTED]"],
    ["-H 'Authorization: Bearer abcdefghijk'", "-H 'Authorization: Bearer [REDACTED]'"],
    ["Bearer abcdefghijk", "Bearer [REDACTED]"],
    ["Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic [REDACTED]"],
    ["-----BEGIN RSA PRIVATE KEY-----\nMIIE\nAAAA\n-----END RSA PRIVATE KEY-----\nrest", "[REDACTED]\nrest"],
    ["-----BEGIN OPENSSH PRIVATE KEY-----\\nb3Blbn\\n-----END OPENSSH PRIVATE KEY-----\\nrest", "[REDACTED]\\nrest"],
    ["-----BEGIN PRIVATE KEY-----\nthe end was cut off", "-----BEGIN PRIVATE KEY-----\nthe end was cut off"],
    [`-----BEGIN PRIVATE KEY-----\n${"MIIEvQ7b".repeat(8)}\n${"x9Kd".repeat(16)}\nAb1=`, "[REDACTED]"],
    [`-----BEGIN PRIVATE KEY-----\n${"MIIEvQ7b".repeat(8)}\n-- and so on`, "[REDACTED]\n-- and so on"],
    ["export TOKEN=hunter2hunter2; ls", "export TOKEN=[REDACTED]; ls"],
    ["AWS_SECRET_ACCESS_KEY=abc/def+ghi terraform", "AWS_SECRET_ACCESS_KEY=[REDACTED] terraform"],
    ["PGPASSWORD=x psql", "PGPASSWORD=[REDACTED] psql"],
    ["mysql --password hunter2 -u root", "mysql --password [REDACTED] -u root"],
    ["mysql --password='hunter 2' -u root", "mysql --password='[REDACTED]' -u root"],
    ["PASSWORD=\"a b\"c'd e' next", "PASSWORD=[REDACTED] next"],
    ['bash -c "PASSWORD=abc run" x', 'bash -c "PASSWORD=[REDACTED] run" x'],
    ["curl -u bob:sekret https://x", "curl -u bob:[REDACTED] https://x"],
    ["postgres://user:pass@host/db", "postgres://user:[REDACTED]@host/db"],
    ["postgres://user:pa/ss@host/db", "postgres://user:[REDACTED]@host/db"],
    ["redis://:p@ss@host:6379", "redis://:[REDACTED]@host:6379"],
    ["https://h/p?api_key=abc&x=1", "https://h/p?api_key=[REDACTED]&x=1"],
    ["Cookie: a=b; c=d\nHost: x", "Cookie: [REDACTED]\nHost: x"],
    ["passphrase: correct horse battery", "passphrase: [REDACTED]"],
    ['before {"password":"a\\"b","x":1} after', 'before {"password":"[REDACTED]","x":1} after'],
    ['esc {\\"apiKey\\":\\"abc\\",\\"x\\":1}', 'esc {\\"apiKey\\":\\"[REDACTED]\\",\\"x\\":1}'],
    ['log {"credentials":{"a":["b",{"c":"}"}]},"x":1}', 'log {"credentials":"[REDACTED]","x":1}'],
    ["<password>abc</password>", "<password>[REDACTED]</password>"],
    ['os.environ["API_KEY"] = "abc"', 'os.environ["API_KEY"] = "[REDACTED]"'],
    ["//npm.example.test/:_authToken=abc", "//npm.example.test/:_authToken=[REDACTED]"],
  ])("%s", (before, after) => expect(redacted(before)).toBe(after));

  it("in JSON text by its keys, whole subtrees, and the rest stays as it was", () => {
    expect(redacted('{"a": 1, "credentials": {"user": "u", "list": [1, 2]}, "contextTokenBudget": 5}')).toBe(
      '{"a":1,"credentials":"[REDACTED]","contextTokenBudget":5}',
    );
    const untouched = '{ "author": "token of thanks", "inputTokens": 5 }';
    expect(redacted(untouched)).toBe(untouched);
  });

  it("in JSON text inside JSON text", () => {
    const inner = JSON.stringify({ deep: { apiKey: "zzz-secret" } });
    const text = JSON.stringify({ arguments: JSON.stringify({ again: inner }) });
    expect(redacted(text)).not.toContain("zzz-secret");
    expect(JSON.parse(JSON.parse(JSON.parse(redacted(text)).arguments).again)).toEqual({
      deep: { apiKey: "[REDACTED]" },
    });
  });

  it("also what a JSON parser would drop: the first of two members of one name", () => {
    expect(redacted('{"a":{"password":"hidden"},"a":1}')).not.toContain("hidden");
  });

  it("also where control characters or colours cut it in two", () => {
    expect(redacted(`pass\u0000word=abc AKIA\u001b[31m${"Z7Q2".repeat(4)}\u202e`)).toBe(
      "password=[REDACTED] [REDACTED]",
    );
  });
});

describe("what stays", () => {
  it.each([
    "the author's token budget: 5; tokens: 100",
    "TOKEN=$GITHUB_TOKEN ./run",
    "password: string; token: number",
    "const token = await login(user); auth = getAuth()",
    "bearer authentication, basic usage",
    "task-runner-sk-no risk-assessment-of-the-year",
    "http://localhost:8080/a@b https://[::1]:80/",
    "ssh://git@github.com/a/b.git",
    "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
    "auth::login() std::token::next()",
    "eyJ is how base64 of a JSON object begins",
    "\tcolumn\r\nnext line",
  ])("%s", (text) => expect(redactText(text)).toEqual({ text, count: 0 }));
});

describe("custom patterns", () => {
  const { patterns } = redactionPolicy({ patterns: ["EMP-\\d{4}", "RED"] });
  it("mask what they match, and not the mark that stands there already", () => {
    const once = redactText("EMP-1234 and [REDACTED] and RED", patterns);
    expect(once).toMatchObject({ text: "[REDACTED] and [REDACTED] and [REDACTED]", count: 2 });
    expect(redactText(once.text, patterns)).toEqual({ text: once.text, count: 0 });
  });
  it("are refused by name when they cannot work", () => {
    expect(() => redactionPolicy({ patterns: ["ok", "("] })).toThrow(/^patterns\[1\]:/);
    expect(() => redactionPolicy({ patterns: ["x*"] })).toThrow(/^patterns\[0\]: matches the empty string/);
  });
});

const fragments = fc.constantFrom(
  ...'password|=|:| |"|\'|\\|[REDACTED]|]|}|{|[|,|token|Bearer |://|@|eyJ|.|\n|abc|-|--|cookie|authorization|$(|)|;|<|>|curl| -u a:b|basic |1|x1y2z3A|sk-|&|apiKey|_|/|?|\\"|\t|$A|true|%20|+|[REDACTED|sig=|é|\ud800'.split(
    "|",
  ),
  "|",
  AWS,
  "-----BEGIN PRIVATE KEY-----",
  "-----END PRIVATE KEY-----",
);

describe("properties", () => {
  const runs = process.env.SEALTRAIL_REDTEAM ? 20_000 : 5_000;
  it("doing it twice changes nothing, and it never throws", () => {
    const text = fc.array(fragments, { minLength: 1, maxLength: 16 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: "binary" })), (input) => {
        const once = redactText(input);
        expect(redactText(once.text)).toEqual({ text: once.text, count: 0 });
        expect(once.text.isWellFormed()).toBe(true);
      }),
      { numRuns: runs },
    );
  });

  it("a planted secret does not come through, whatever stands around it", () => {
    const secret = "q9Zx7Lw2Pk4Vt8";
    const plant = fc.constantFrom(
      `password=${secret}`,
      `--token ${secret}`,
      `"api_key": "${secret}"`,
      `\\"secret\\":\\"${secret}\\"`,
      `Authorization: Bearer ${secret}`,
      `https://bob:${secret}@example.test/`,
      `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`,
      `{"auth":{"x":["${secret}"]}}`,
    );
    // Fragments that do not themselves change what the plant says: a quote left open before it may.
    const around = fc.array(
      fc.constantFrom("ls ", "&& ", "echo hi; ", "\n", "a=b ", "(x) ", "1,2 ", "é ", "[REDACTED] "),
    );
    fc.assert(
      fc.property(around, plant, around, (before, planted, after) => {
        const text = `${before.join("")}${planted}\n${after.join("")}`;
        expect(redacted(text)).not.toContain(secret);
        expect(redacted(JSON.stringify({ text }))).not.toContain(secret);
      }),
      { numRuns: runs / 5 },
    );
  });
});

describe("YAML values behind a tag or an anchor, on a line of their own or in a list", () => {
  const secret = "f3H7zrHxBcQADzf7a6jJNh8t";
  it.each([
    `password:\n  !!str ${secret}\nuser: app`,
    `password:\n  &a ${secret}\nuser: app`,
    `api_keys:\n  - ${secret}\nuser: app`,
    `api_keys:\n- &k ${secret}\nuser: app`,
    `secrets:\n  db: !!str ${secret}\nuser: app`,
    `- name: DB_PASSWORD\n  value: !!str ${secret}\nuser: app`,
    `- name: DB_PASSWORD\n  value: &x '${secret}'\nuser: app`,
  ])("are masked: %j", (text) => {
    const masked = redactText(text).text;
    expect(masked).not.toContain(secret);
    expect(masked).toContain("user: app");
  });
  it.each(["secrets:\n  db: production\n", "tokens:\n  - whitespace\n", "secrets:\n  inherit: external\n"])(
    "ordinary words stay: %j",
    (text) => expect(redactText(text).text).toBe(text),
  );
});

describe("tables with a header row", () => {
  it.each([
    [
      "Name      Password\n----      --------\nbob       hunter22\nal        sesame\n\nbye  hunter22",
      ["hunter22\n", "sesame"],
    ],
    ["Token     Name\n6K0y7ASPSWhVGMphB25Yrql4  ci\n", ["6K0y7ASPSWhVGMphB25Yrql4"]],
    ["| user | password |\n|------|----------|\n| bob | hunter22 |\n| al | sesame |\n", ["hunter22", "sesame"]],
    ["+----------+\n| password |\n+----------+\n| hunter22 |\n+----------+\n", ["hunter22"]],
    [" password \n----------\n hunter22\n(1 row)\n", ["hunter22"]],
    [
      "\u2502 name \u2502 token \u2502\n\u2502 a \u2502 6K0y7ASPSWhVGMphB25Yrql4 \u2502\n",
      ["6K0y7ASPSWhVGMphB25Yrql4"],
    ],
    ['name,password\r\nbob,hunter22\r\n"a,b","open sesame"\r\n', ["hunter22", "open sesame"]],
    ["user\tpassword\tpwd\nbob\thunter22\tabc12345\n", ["hunter22", "abc12345"]],
  ])("%j loses the cells under a secret's name and nothing else", (text, secrets) => {
    const expected = secrets.reduce((kept, secret) => kept.replace(secret.trim(), "[REDACTED]"), text);
    expect(redacted(text)).toBe(expected);
    expect(redacted(expected)).toBe(expected);
  });

  it.each([
    "NAME      SECRETS   AGE\ndefault   1         10d\n",
    "| Token | Meaning |\n|---|---|\n| `API_TOKEN` | the token of the api |\n",
    "| column | password |\n|---|---|\n| type | varchar |\n| set | never |\n",
    "The name, password\nand the rest, follow\n",
    "password,a\\npassword,a\\n",
    "Test  Pass  Fail\nunit  12    3\n",
    "| password |\nfree text below the line, with abc12345 in it\n",
  ])("%j stays", (text) => expect(redacted(text)).toBe(text));
});

const OPAQUE = "hL7KjD0PflW7B75F5QUxXajB";

describe("names and shapes of more kinds", () => {
  it.each([
    `TOKENS=${OPAQUE}`,
    `MYSQL_ROOT_PWDS=${OPAQUE}`,
    `https://x.example/a?X-Amz-Signature=${OPAQUE}&b=1`,
    `{"tokens":["${OPAQUE}"],"n":1}`,
    `let token: string = "${OPAQUE}";`,
    `sid=${OPAQUE}; a=b`,
    `session_id=${OPAQUE}`,
    `token \u2502 ${OPAQUE}`,
    `secrets:\n  a: db_name\n  b: ${OPAQUE}\nother: x`,
    `? password\n: ${OPAQUE}\nuser: a`,
    `tokens: [!!str ${OPAQUE}, x]`,
    `API key.......: ${OPAQUE}`,
    `Password ........ ${OPAQUE}`,
    `enable secret 5 $1$mERr$${OPAQUE}`,
    `username admin privilege 15 password 7 ${OPAQUE}`,
    `snmp-server community ${OPAQUE} RO`,
    `tacacs-server key 7 ${OPAQUE}`,
    `ip ospf message-digest-key 1 md5 ${OPAQUE}`,
    `createUser bob SHA ${OPAQUE} AES ${OPAQUE}`,
    `contrase\u00f1a: ${OPAQUE}`,
    `\u043f\u0430\u0440\u043e\u043b\u044c: ${OPAQUE}`,
    `\u5bc6\u7801\uff1a${OPAQUE}`,
    `login with admin / ${OPAQUE}`,
    `temp pw = ${OPAQUE}`,
    `rootpw ${OPAQUE}`,
    `the db password (prod) is ${OPAQUE}`,
    `A temporary password is generated for root@localhost: ${OPAQUE}`,
    `::add-mask::${OPAQUE}`,
    `$ printenv API_KEY\n${OPAQUE}`,
    `| Client Secret | ${OPAQUE} |`,
    `Client secret   ${OPAQUE}`,
    `recovery codes:\n${OPAQUE}\n`,
    `variable "db_password" {\n  default = "${OPAQUE}"\n}`,
    `connect to root:${OPAQUE}@db.internal:5432`,
    `oauth:${"abcd1234efgh5678ijkl9012mn3456"} abcd1234efgh`.slice(0, 36),
    `created s.${OPAQUE} for the old vault`,
    `created 00${OPAQUE}a1b2c3d4e5f6A7B8 for okta`,
    `https://chat.example.com/hooks/${"abcd1234efgh5678ijkl9012mn"}`,
  ])("%j loses its secret", (text) => {
    const after = redacted(text);
    expect(after).toContain("[REDACTED]");
    expect(after).not.toMatch(/hL7KjD0P|abcd1234efgh/);
    expect(redacted(after)).toBe(after);
  });

  it("masks every child of a list under a name of passwords", () =>
    expect(redacted("passwords:\n- hunter22\n- sesame\n- !!str abc123de\nuser: x")).toBe(
      "passwords:\n- [REDACTED]\n- [REDACTED]\n- !!str [REDACTED]\nuser: x",
    ));

  it.each([
    '{"tokens":120,"usage":{"tokens":[1,2]}}',
    "session_id=4432f092-d6bd-71da-83a8-a2c6a855f218",
    "function f(token: string = 'a') {}",
    "secrets:\n  file: ./db1.txt\n  name: db_pw_2\nother: x",
    "the snmp community is public, enable secret scanning, username password login",
    "mailto:admin2024@example.com, nginx:1.25@sha256, root:x",
    'curl -H "Authorization: Bearer $TOKEN" https://a/b',
    "git config --global credential.helper store",
    "aws secretsmanager delete-secret --secret-id prod/db",
    "rails credentials:edit",
    "| Reset password | step2 |",
    "API key:\nsee the docs",
    "echo $TOKEN\npython3",
    "tokens: [cat, dog, the_end]",
    "? a complex key\n: value",
    "git config core.hooksPath /hooks/pre-commit",
  ])("%j stays", (text) => expect(redacted(text)).toBe(text));
});
