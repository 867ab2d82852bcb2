// Values of hosts: brought into the shape of formats.md, redacted by keys, bounded.
import { type JsonValue, jcs } from "@sealtrail/smt/formats";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_DEPTH, parseJson, redactText, ValueWriter } from "../src/index.js";

const writer = (maxString = 4_000, budget = 1_000_000) =>
  new ValueWriter({ redactText, patterns: [], maxString, budget });
const written = (value: unknown) => JSON.parse(writer().write(value)!) as JsonValue;
const nested = (depth: number): unknown => (depth === 1 ? { leaf: 1 } : { in: nested(depth - 1) });
const depthOf = (value: unknown): number =>
  typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

describe("the shape of values", () => {
  it("is RFC 8785 text, also of numbers and keys out of order", () => {
    expect(writer().write({ b: [1, -0, 1e-7, 0.1], a: "é\n", "": null })).toBe(
      '{"":null,"a":"é\\n","b":[1,0,1e-7,0.1]}',
    );
  });

  it("makes lone surrogates U+FFFD, in keys too", () => {
    expect(written({ "k\ud800": "v\udc00" })).toEqual({ "k\ufffd": "v\ufffd" });
  });

  it("makes numbers beyond 2^53-1 strings", () => {
    expect(written([2 ** 53 - 1, 2 ** 53, -(2 ** 60), 1e300, Number.NaN, Number.POSITIVE_INFINITY])).toEqual([
      9007199254740991,
      "9007199254740992",
      "-1152921504606847000",
      "1e+300",
      "NaN",
      "Infinity",
    ]);
  });

  it("keeps the digits of JSON text", () => {
    const text =
      '{"a": 12345678901234567890, "b": [-9007199254740993], "c": 1e400, "d": 0.1234567890123456789, "e": 1E2}';
    expect(parseJson(text)).toEqual({
      a: "12345678901234567890",
      b: ["-9007199254740993"],
      c: "1e400",
      d: 0.12345678901234568,
      e: 100,
    });
    expect(parseJson('"12345678901234567890, 1e999"')).toBe("12345678901234567890, 1e999");
  });

  it("keeps an own __proto__ as data", () => {
    const parsed = parseJson('{"__proto__": {"polluted": 1}, "a": {"__proto__": 12345678901234567890}}');
    expect(writer().write(parsed)).toBe('{"__proto__":{"polluted":1},"a":{"__proto__":"12345678901234567890"}}');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("replaces what is nested too deep, and nothing else", () => {
    expect(written(nested(MAX_DEPTH))).toEqual(nested(MAX_DEPTH));
    const cutOff = written(nested(MAX_DEPTH + 1));
    expect(depthOf(cutOff)).toBe(MAX_DEPTH);
    expect(JSON.stringify(cutOff)).toContain('{"_unserializable":true,"kind":"depth"}');
    expect(depthOf(JSON.parse(writer().write(JSON.parse("[".repeat(100_000) + "]".repeat(100_000)))!))).toBe(MAX_DEPTH);
  });

  it("names what is no JSON", () => {
    const cyclic: Record<string, unknown> = { a: 1 };
    cyclic.self = cyclic;
    cyclic.list = [cyclic];
    const trap = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error("no");
        },
      },
    );
    const kind = (of: string) => ({ _unserializable: true, kind: of });
    expect(written(cyclic)).toEqual({ a: 1, list: [kind("cycle")], self: kind("cycle") });
    const odd = {
      big: 10n,
      fn: () => 1,
      sym: Symbol("s"),
      get bad() {
        throw new Error("no");
      },
      trap,
      bytes: new Uint8Array(3),
      map: new Map(),
      when: new Date(0),
      never: new Date(Number.NaN),
      failed: new RangeError("out"),
      gone: undefined,
    };
    expect(written(odd)).toEqual({
      big: kind("bigint"),
      fn: kind("function"),
      sym: kind("symbol"),
      bad: kind("throws"),
      trap: kind("throws"),
      bytes: kind("bytes"),
      map: kind("map"),
      when: "1970-01-01T00:00:00.000Z",
      never: kind("date"),
      failed: "RangeError: out",
    });
  });

  it("bounds its work on shared references", () => {
    let value: unknown = "x".repeat(100);
    for (let i = 0; i < 40; i++) value = [value, value];
    const started = process.threadCpuUsage();
    const bounded = writer(4_000, 100_000);
    expect(bounded.write(value)!.length).toBeLessThan(2_000_000);
    expect(bounded.truncated).toBe(true);
    const { user, system } = process.threadCpuUsage(started);
    expect(user + system).toBeLessThan(3_000_000);
  });
});

describe("redaction by key", () => {
  it("replaces what stands under a matched key whole, at any depth", () => {
    const value = {
      a: [{ Password: ["x", { y: 1 }] }],
      headers: { "X-Api-Key": "k", Cookie: 5, accept: "*" },
      token: "t",
      contextTokenBudget: 128_000,
      hasToken: true,
      inputTokens: 7,
      author: "ann",
      secret: null,
    };
    const run = writer();
    expect(JSON.parse(run.write(value)!)).toEqual({
      a: [{ Password: "[REDACTED]" }],
      headers: { "X-Api-Key": "[REDACTED]", Cookie: "[REDACTED]", accept: "*" },
      token: "[REDACTED]",
      contextTokenBudget: 128_000,
      hasToken: true,
      inputTokens: 7,
      author: "ann",
      secret: null,
    });
    expect(run.redacted).toBe(4);
  });

  it("knows name and value as neighbours", () => {
    expect(
      written({
        env: [
          { name: "DB_PASSWORD", value: "x" },
          { name: "PORT", value: "80" },
        ],
      }),
    ).toEqual({
      env: [
        { name: "DB_PASSWORD", value: "[REDACTED]" },
        { name: "PORT", value: "80" },
      ],
    });
    expect(written(["curl", "--api-key", "x", "-v"])).toEqual(["curl", "--api-key", "[REDACTED]", "-v"]);
    expect(
      written([
        ["Authorization", "x"],
        ["Accept", "y"],
      ]),
    ).toEqual([
      ["Authorization", "[REDACTED]"],
      ["Accept", "y"],
    ]);
  });

  it("masks a key that is a secret, and keeps both of two that become one", () => {
    const keys = { [`AKIA${"A".repeat(16)}`]: 1, [`AKIA${"B".repeat(16)}`]: 2 };
    expect(written(keys)).toEqual({ "[REDACTED]": 1, "[REDACTED]#2": 2 });
  });
});

describe("properties", () => {
  const secret = "q9Zx7Lw2Pk4Vt8";
  it("any value becomes canonical text that holds no planted secret, and stays so", () => {
    const key = fc.oneof(
      fc.string(),
      fc.constantFrom("password", "apiKey", "token", "a", "__proto__", "value", "name"),
    );
    const leaf = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom(`x --password ${secret} y`, `{"apiKey":"${secret}"}`),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 6 },
        leaf,
        fc.array(tie("tree"), { maxLength: 4 }),
        fc.dictionary(key, tie("tree"), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(tree, fc.constantFrom("password", "apiKey", "Authorization", "authToken"), (value, name) => {
        const text = writer().write({ [name]: secret, value, list: [{ [name]: { in: [secret] } }] })!;
        expect(text).not.toContain(secret);
        const parsed = JSON.parse(text) as JsonValue;
        expect(jcs(parsed)).toBe(text);
        const again = writer();
        expect(again.write(parsed)).toBe(text);
        expect(again.redacted).toBe(0);
      }),
      {
        numRuns: process.env.SEALTRAIL_REDTEAM ? 5_000 : 1_000,
        examples: [
          [{ a: { PW: -1e21 } }, "password"],
          [{ value: 0, v: "", name: `x --password ${secret} y` }, "password"],
        ],
      },
    );
  });
});

describe("arguments whose program stands in a member beside them", () => {
  const secret = "Vq7Zt4Lw9Rk2Xm5Np8Bs";
  it.each([
    [{ command: "mysql", args: [`-p${secret}`, "db"] }, ["db", "mysql"]],
    [{ program: "curl", args: ["-u", `bob:${secret}`, "https://x.example"] }, ["bob:", "https://x.example"]],
    [{ exe: "/usr/bin/sshpass", argv: ["-p", secret, "ssh", "h"] }, ["ssh"]],
    [{ cmd: "redis-cli", args: ["redis-cli", "-a", secret] }, ["redis-cli"]],
    [{ command: "bash", args: ["-c", `mysql -p${secret}; rm -rf build`] }, ["; rm -rf build"]],
  ])("have their secrets masked as in one list: %j", (value, kept) => {
    const text = writer().write(value)!;
    expect(text).not.toContain(secret);
    for (const part of kept) expect(text).toContain(part);
  });
  it("stay as they are where the option says nothing to that program", () => {
    const value = { args: ["-p", "8080:80", "nginx"], command: "docker" };
    expect(written(value)).toEqual(value);
  });
});
