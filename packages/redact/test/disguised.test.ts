// Secrets in disguise: look-alike letters, base64, what a shell leaves out of a word, commands that name nothing, blocks of YAML.
// And ordinary text that has the same signs in it, which stays as it is.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a shell's signs, not ours
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyVerdict, redactText } from "../src/index.js";

const SECRET = "q9Zx7Lw2Pk4Vt8";
const b64 = (t: string) => Buffer.from(t).toString("base64");
const url = (t: string) => Buffer.from(t).toString("base64url");
const wrap = (t: string) => b64(t).replace(/(.{76})/g, "$1\n");
const KEY = `-----BEGIN OPENSSH PRIVATE KEY-----\n${"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n".repeat(4)}${SECRET}\n-----END OPENSSH PRIVATE KEY-----\n`;
const planted: Record<string, string[]> = {
  lookalike: [
    `p\u0430ssword=${SECRET}`,
    `\u0440\u0430ssword: ${SECRET}`,
    `pa\u0455\u0455word=${SECRET}`,
    `t\u043eken=${SECRET}`,
    `T\u041eKEN=${SECRET}`,
    `s\u0435cret=${SECRET}`,
    `\u0455ecret: ${SECRET}`,
    `\u0430pi_key=${SECRET}`,
    `api_k\u0435y=${SECRET}`,
    `passw\u03bfrd=${SECRET}`,
    `p\u0251ssword=${SECRET}`,
    `\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44=${SECRET}`,
    `\uff34\uff2f\uff2b\uff25\uff2e\uff1d${SECRET}`,
    `\ud835\udc29\ud835\udc1a\ud835\udc2c\ud835\udc2c\ud835\udc30\ud835\udc28\ud835\udc2b\ud835\udc1d=${SECRET}`,
    `pas\u017fword=${SECRET}`,
    `\u0391PI_KEY=${SECRET}`,
    `auth\u200b_token=${SECRET}`,
    `pass\u200bword=${SECRET}`,
    `pass\u00adword: ${SECRET}`,
    `to\u200dken=${SECRET}`,
    `to\ufeffken=${SECRET}`,
    `pass\u2060word=${SECRET}`,
    `cred\u0435ntials=${SECRET}`,
    `--p\u0430ssword ${SECRET}`,
    `"\u0440assword": "${SECRET}"`,
    `{"p\u0430ssword":"${SECRET}"}`,
    `Auth\u043erization: Bearer ${SECRET}`,
    `AKIA\u200b${"Z7Q2".repeat(4)}`,
  ],
  base64: [
    `echo ${b64(`password=${SECRET}`)} | base64 -d`,
    `echo ${b64(`password=${SECRET}`)}`,
    `${b64(`{"apiKey":"${SECRET}"}`)}`,
    `X=${b64(`export TOKEN=${SECRET}\n`)}`,
    `payload: ${url(`{"user":"a","password":"${SECRET}","x":"??>>"}`)}`,
    `${b64(b64(`password=${SECRET}`))}`,
    wrap(KEY),
    `data:\n${wrap(`DB_HOST=localhost\nDB_USER=admin and some more text to make it long\nDB_PASSWORD=${SECRET}\n`)}`,
    `powershell -enc ${Buffer.from(`$env:TOKEN = "${SECRET}"`, "utf16le").toString("base64")}`,
    `curl -d "${b64(`postgres://u:${SECRET}@h/db`)}"`,
    `{"data":"${b64(`client_secret: ${SECRET}`)}"}`,
    `{"data":{"config.json":"${b64(JSON.stringify({ auths: { x: { password: SECRET } } }))}"}}`,
    `atob("${b64(`Authorization: Bearer ${SECRET}`)}")`,
  ],
  shell: [
    `PASS""WORD=${SECRET} run`,
    `PASS''WORD=${SECRET}`,
    `PASS\\WORD=${SECRET}`,
    `P"ASS"WORD=${SECRET}`,
    `'PASS'WORD=${SECRET}`,
    `export TO""KEN=${SECRET}`,
    `env "PASS"WORD=${SECRET} x`,
    `PASS$@WORD=${SECRET}`,
    `PASS\${@}WORD=${SECRET}`,
    `--pass""word ${SECRET}`,
    `--to\\ken=${SECRET}`,
    `curl -H 'X-Api''-Key: ${SECRET}' https://x`,
    `curl -H "Autho""rization: Bearer ${SECRET}"`,
    `$'PASS\\x57ORD=${SECRET}'`,
    `\\u0070assword=${SECRET}`,
    `printf '\\x70assword=${SECRET}'`,
    `%70assword=${SECRET}`,
    `a=1&pass%77ord=${SECRET}`,
    `password%3D${SECRET}`,
    `token%3a${SECRET}`,
    `{\\"pass\\"\\"word\\":\\"${SECRET}\\"`,
    `PASSWORD=\\\n${SECRET} x`,
    `PASSWORD+=${SECRET}`,
    `: \${PASSWORD:=${SECRET}}`,
    `x=\${DB_PASSWORD:-${SECRET}}`,
    `x=\${TOKEN-${SECRET}}`,
    `read -r TOKEN <<< "${SECRET}"`,
    `read TOKEN <<<${SECRET}`,
    `printf -v PASSWORD %s ${SECRET}`,
    `set -gx TOKEN ${SECRET}`,
    `setenv API_KEY ${SECRET}`,
    `setx TOKEN ${SECRET}`,
    `set -x AWS_SECRET_ACCESS_KEY ${SECRET}; ls`,
    `git config --global user.password ${SECRET}`,
    `npm config set //r.io/:_authToken ${SECRET}`,
    `aws configure set aws_secret_access_key ${SECRET}`,
    `openssl enc -aes-256-cbc -pass pass:${SECRET} -in x`,
    `openssl rsa -passin pass:${SECRET}`,
    `echo ${SECRET} | sudo -S ls`,
    `echo '${SECRET}' | sudo -kS ls`,
    `printf '%s\\n' "${SECRET}" | sudo -S ls`,
    `sudo -S ls <<< ${SECRET}`,
    `echo "${SECRET}" | docker login -u a --password-stdin`,
    `echo ${SECRET} | passwd --stdin bob`,
    `echo "bob:${SECRET}" | chpasswd`,
    `echo ${SECRET} | gh auth login --with-token`,
    `redis-cli -h x -a ${SECRET} ping`,
    `mongosh -u a -p ${SECRET}`,
    `mongodump --uri x -p${SECRET}`,
    `zip -P ${SECRET} a.zip b`,
    `unzip -P ${SECRET} a.zip`,
    `7z x -p${SECRET} a.7z`,
    `ldapsearch -x -D cn=a -w ${SECRET} -b x`,
    `smbclient //h/s -U bob%${SECRET}`,
    `htpasswd -b f bob ${SECRET}`,
    `sqlcmd -S h -U sa -P ${SECRET}`,
    `rclone config create x --s3-secret-access-key ${SECRET}`,
    `kubectl create secret generic x --from-literal=password=${SECRET}`,
    `kubectl create secret generic x --from-literal=k=${SECRET}`,
    `gh secret set NAME --body ${SECRET}`,
    `gh secret set NAME -b ${SECRET}`,
    `vault kv put secret/x password=${SECRET}`,
    `vault login ${SECRET}`,
    `$env:API_TOKEN = "${SECRET}"`,
    `[Environment]::SetEnvironmentVariable("TOKEN", "${SECRET}")`,
    `os.environ['TOKEN']='${SECRET}'`,
    `process.env.TOKEN = "${SECRET}"`,
    `putenv("TOKEN=${SECRET}")`,
    `os.Setenv("TOKEN", "${SECRET}")`,
    `setenv("DB_PASSWORD", "${SECRET}", 1)`,
  ],
  place: [
    `env:\n  - name: DB_PASSWORD\n    value: "${SECRET}"\n`,
    `- {name: DB_PASSWORD, value: ${SECRET}}`,
    `ENV TOKEN ${SECRET}\nRUN x`,
    `auth = HTTPBasicAuth("u", "${SECRET}")`,
    `req.SetBasicAuth("u", "${SECRET}")`,
    `<property name="password">${SECRET}</property>`,
    `<Password Value="${SECRET}"/>`,
    `<input type="password" name="p" value="${SECRET}">`,
    `jdbc:oracle:thin:u/${SECRET}@h:1521/d`,
    `psk="${SECRET}"`,
    `Passwort: ${SECRET}`,
    `password\u00a0=\u00a0${SECRET}`,
    `password\uff1d${SECRET}`,
    `DEBUG: Using token ${SECRET}mB3nQ6`,
  ],
  block: [
    `password: |\n  ${SECRET}\nnext: 1`,
    `password: >-\n  ${SECRET}\n`,
    `token: |-\n    ${SECRET}\nx: y`,
    `secret:\n  ${SECRET}`,
    `password =\n  ${SECRET}`,
  ],
};
const innocent = [
  "don't touch the author's file",
  "C:\\Users\\author\\tokens\\list.txt: 3 lines",
  "Пароль: секретный ключ не найден, see RFC 7235",
  "\u0422окен: token count 5",
  "see /home/user/project/src/components/authentication/handler.ts",
  "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  Buffer.from("The quick brown fox jumps over the lazy dog, twice.").toString("base64"),
  `![img](data:image/png;base64,${Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 7919) % 256)).toString("base64")})`,
  "it''s 5 o''clock; SELECT 'a''b' FROM authors",
  "family 👨‍👩‍👧 emoji: token of love",
  "set -e; set -x; echo ok",
  "echo done | sudo tee /etc/motd",
  "echo hi | sudo -u bob cat",
  "zip -r a.zip b",
  "7z x -y a.7z",
  "redis-cli -h x ping",
  "git config --global user.name Bob",
  'read line <<< "$x"',
  "npm config set registry https://r.io",
  "kubectl get secret x -o yaml",
  "x=${TOKEN:-}",
  "x=${TOKEN:?missing}",
  "url?q=100%25&x=%41bc",
  "foo\\nbar\\tbaz \\u0041bc",
  "aGVsbG8gd29ybGQsIHRoaXMgaXMgYSB0ZXN0",
  "tokens: 5\nauthor: |\n  me",
  "gh pr create --body text -b main",
  "password: |",
  "openssl enc -d -in x",
  "the 'pass' word list",
  "e\u0301t\u00e9 na\u00efve caf\u00e9: token",
  "\uff11\uff12\uff13 \uff21\uff22\uff23: list",
];

/** The secret, as it is or in any base64 that is left. */
function shows(text: string): boolean {
  if (text.includes(SECRET) || /AKIA/.test(text)) return true;
  const joined = text.replace(/\s/g, "");
  for (const [run] of joined.matchAll(/[A-Za-z0-9+/_-]{8,}/g)) {
    for (let from = 0; from < 4; from++) {
      const bytes = Buffer.from(run.slice(from), "base64");
      if (bytes.includes(SECRET) || bytes.toString("utf16le").includes(SECRET)) return true;
    }
  }
  return false;
}

describe.each(Object.entries(planted))("%s", (_, texts) => {
  it.each(texts)("%j", (text) => {
    const once = redactText(text);
    expect(shows(once.text)).toBe(false);
    expect(once.count).toBeGreaterThan(0);
    expect(redactText(once.text)).toEqual({ text: once.text, count: 0 });
    // Beside other text, and in JSON.
    expect(shows(redactText(`ls -l\n${text}\necho done`).text)).toBe(false);
    expect(shows(redactText(JSON.stringify({ command: text, n: 1 })).text)).toBe(false);
  });
});

it("twice in base64 is found, four times is not looked for", () => {
  let text = `password=${SECRET}`;
  for (let i = 0; i < 3; i++) text = b64(text);
  expect(redactText(text).text).toBe("[REDACTED]");
});

it.each(innocent)("%j stays", (text) => expect(redactText(text)).toEqual({ text, count: 0 }));

it.each([
  "p\u0430ssword",
  "t\u043ekenS\u0435cret",
  "api\u200bKey",
  "\ud835\udc29\ud835\udc1a\ud835\udc2c\ud835\udc2c\ud835\udc30\ud835\udc28\ud835\udc2b\ud835\udc1d",
])("the key %j says that a secret stands under it", (key) => expect(keyVerdict(key)).toBe("secret"));

it("the disguise stays where it is, only the value goes", () => {
  expect(redactText(`a p\u0430ssword=${SECRET} b`).text).toBe("a p\u0430ssword=[REDACTED] b");
  expect(redactText(`PASS""WORD="${SECRET} x" run`).text).toBe('PASS""WORD="[REDACTED]" run');
  expect(redactText(`x=\${TOKEN:-${SECRET}}`).text).toBe("x=${TOKEN:-[REDACTED]}");
  expect(redactText(`a:\n  password: |\n    ${SECRET}\n    two\n  b: 1`).text).toBe(
    "a:\n  password: |\n    [REDACTED]\n  b: 1",
  );
  expect(redactText(`echo '${SECRET}' | sudo -S ls`).text).toBe("echo '[REDACTED]' | sudo -S ls");
});

const pieces = fc.constantFrom(
  ..."pass|word|token|=|:|\"\"|''|\\|$@|${|}|:-|p\u0430ss|\u200b|%77|\\x57|\\u0070|\n|  |||>|sudo -S|echo |<<<|read |set -x |pass:|zip -P |7z -p|abc|x9|[REDACTED]|\uff50|cGFzc3dvcmQ9aHVudGVyMg|+=|%3D|-a |redis-cli|--from-literal=|'|\"".split(
    "|",
  ),
  "|",
);

it("doing it twice changes nothing, whatever the pieces", () => {
  fc.assert(
    fc.property(fc.array(pieces, { minLength: 1, maxLength: 14 }), (parts) => {
      const once = redactText(parts.join(""));
      expect(redactText(once.text)).toEqual({ text: once.text, count: 0 });
    }),
    {
      numRuns: process.env.SEALTRAIL_REDTEAM ? 20_000 : 5_000,
      examples: [[["zip -P ", "\uff50", '"', "token", "\u200b", ":", "pass"]]],
    },
  );
});
