// The steps of an event: what is left when they are used up, and that actions stay readable beyond them.
import { describe, expect, it } from "vitest";
import { redactText, ValueWriter, Work } from "../src/index.js";

const SECRET = "q9Zx7Lw2Pk4Vt8";
const spent = () => new Work(0);

describe("beyond the steps of an event", () => {
  it.each([
    `export TOKEN=${SECRET}; rm -rf /evidence`,
    `curl -u bob:${SECRET} https://x.example; rm -rf /evidence`,
    `mysql -p${SECRET} db && rm -rf /evidence`,
    `echo ${SECRET} | sudo -S rm -rf /evidence`,
    `p\u0430ssword=${SECRET} rm -rf /evidence`,
    `psql postgres://u:${SECRET}@h/db; rm -rf /evidence`,
    `curl -d '{"password":"${SECRET}"}' x; rm -rf /evidence`,
    `curl -H "Authorization: Bearer ${SECRET}" x; rm -rf /evidence`,
    `redis-cli -a ${SECRET}; rm -rf /evidence`,
    `vault login ${SECRET}; rm -rf /evidence`,
    `x --password ${SECRET}; rm -rf /evidence`,
    `config set token ${SECRET} && rm -rf /evidence`,
    `echo AKIA${"Z7Q2".repeat(4)}; rm -rf /evidence`,
    `echo ${Buffer.from(`password=${SECRET}`).toString("base64")}; rm -rf /evidence`,
  ])("%s", (text) => {
    for (const reading of [undefined, "command"] as const) {
      const masked = redactText(text, [], reading, spent());
      expect(masked.text).toContain("rm -rf /evidence");
      expect(masked.text).not.toMatch(/q9Zx|Vt8|AKIAZ/);
      expect(masked.count).toBeGreaterThan(0);
      expect(redactText(masked.text, [], reading, spent()).text).toBe(masked.text);
    }
  });

  it.each([
    "sudo -p password: reboot",
    "mkdir -p /etc/x; cp -a a b; ls -u --user x",
    "set -e; set token abc; login bob",
    "npm run build && git push origin main",
    "echo hello | tee out.txt",
    "plain words and 12345, a path /usr/lib/node_modules/x and https://x.example:8080/a",
  ])("%s stays", (text) => expect(redactText(text, [], "command", spent())).toEqual({ text, count: 0 }));
});

it("what lies beyond them in one text is read coarsely, what lies before as ever", () => {
  const text = `zip -P abc x\n${"token: a1b2\n".repeat(200)}token=${SECRET}\nzip -P abc x`;
  const masked = redactText(text, [], undefined, new Work(500)).text;
  expect(masked).toMatch(/^zip -P \[REDACTED\] x\n/);
  expect(masked).not.toMatch(/q9Zx|a1b2/);
});

it("the texts of an event have them in common", () => {
  const work = new Work(20_000);
  const writer = new ValueWriter({ redactText, patterns: [], maxString: 4_000, budget: 1_000_000, work });
  const text = writer.write(
    Array.from({ length: 2_000 }, (_, i) => ({ command: `curl -u bob:${SECRET} x${i}; reboot` })),
  )!;
  expect(work.left).toBeLessThan(100);
  expect(text).not.toContain("q9Zx");
  expect(text.split("; reboot")).toHaveLength(2_001);
});

it("are the same each time, and a log of ten thousand tokens does not use them up", () => {
  const log = Array.from({ length: 10_000 }, (_, i) => `10:00:00 GET /x token=abc${i}def user=bob ok`).join("\n");
  const left = [new Work(), new Work()].map((work) => {
    expect(redactText(log, [], undefined, work).secrets!.every(({ kind }) => kind === "named-token")).toBe(true);
    return work.left;
  });
  expect(left[0]).toBe(left[1]);
  expect(left[0]).toBeGreaterThan(0);
});
