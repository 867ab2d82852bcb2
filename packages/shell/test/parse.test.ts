import { describe, expect, test } from "vitest";
import { parseShell } from "../src/index.js";

const runs = (text: string) =>
  parseShell(text).commands.map((command) => command.words.map((word) => word.value).join(" "));
const written = (text: string) => {
  const script = parseShell(text);
  return script.words.map((word) => text.slice(word.start, word.end));
};

describe("a shell command", () => {
  test("is split into its commands and words", () => {
    expect(runs("cd /w && curl -s 'a b' | jq . > out; ls")).toEqual(["cd /w", "curl -s a b", "jq .", "ls"]);
  });

  test("gives each word its place with quotes, and each unit of its value its place without", () => {
    const text = `curl -H "A: \\"x\\"" 'it'\\''s'`;
    const [, , header, name] = parseShell(text).commands[0]!.words;
    expect(text.slice(header!.start, header!.end)).toBe('"A: \\"x\\""');
    expect(header!.value).toBe('A: "x"');
    expect(text.slice(header!.at(3), header!.at(6))).toBe('\\"x\\"');
    expect(name!.value).toBe("it's");
  });

  test("names what is given to a name", () => {
    const [command] = parseShell("A=1 B='x y' export C=\"$(d)\"").commands;
    expect(command!.assignments.map(({ name, value }) => [name, value!.value])).toEqual([
      ["A", "1"],
      ["B", "x y"],
      ["C", "$(d)"],
    ]);
  });

  test("tells what stands in substitutions of every form", () => {
    expect(runs("a $(b 'c d') `e \\`f\\`` <(g) \"x$(h)\"").sort()).toEqual(
      ["a $(b 'c d') `e \\`f\\`` <(g) x$(h)", "b c d", "e `f`", "f", "g", "h"].sort(),
    );
  });

  test.each([
    ["bash -c 'a; b'", "a", "b"],
    ["sudo -u x bash -lc \"a 'y z'; b\"", "a y z", "b"],
    ["ssh host 'a && b'", "a", "b"],
    ["find . -exec sh -c 'a; b' \\;", "a", "b"],
    ["echo 'a; b' | base64 -d | sh", "a", "b"],
    ["sh <<E\na; b\nE\n", "a", "b"],
    ["cat <<'E' | bash\na\nb\nE\n", "a", "b"],
    ["bash <<< 'a; b'", "a", "b"],
    ['eval "a; b"', "a", "b"],
    ["env -i timeout 5 /bin/sh -ec 'a; b'", "a", "b"],
    ["bash -c \"sh -c 'a; b'\"", "a", "b"],
  ])("tells what a nested script runs: %s", (text, ...inner) => {
    expect(runs(text)).toEqual(expect.arrayContaining(inner));
    expect(parseShell(text).opaque).toBeUndefined();
  });

  test("has the places of a nested script in the outer text", () => {
    const text = `bash -c "echo \\"a b\\"; rm 'x y'"`;
    expect(written(text)).toEqual(expect.arrayContaining(["rm", "'x y'", '\\"a b\\"']));
  });

  test("keeps the bodies of here-documents that no shell reads apart", () => {
    const text = "cat > f <<E\nPASS=x; y\nE\nls";
    const script = parseShell(text);
    expect(script.bodies.map(({ start, end }) => text.slice(start, end))).toEqual(["PASS=x; y\n"]);
    expect(runs(text)).toEqual(["cat", "ls"]);
  });

  test("is read more simply where it is no whole script, and is called opaque", () => {
    for (const text of ["a 'b c; d", "if x; then y", "a; b) c", 'echo "$(x', "(((", "don't do; it"]) {
      expect(parseShell(text).opaque).toBe("syntax");
    }
    expect(runs("if x; then y z; fi) ; w 'a b'")).toEqual(["x", "y z", "w a b"]);
    expect(runs('a "b; c\nd e')).toEqual(["a b; c", "d e"]);
  });

  test("beyond the bounds is called opaque", () => {
    expect(parseShell("echo hi;".repeat(20_000)).opaque).toBe("size");
    expect(parseShell(`${"$(".repeat(40)}x${")".repeat(40)}`).opaque).toBe("depth");
    expect(parseShell("a 'b c'", { size: 3 }).commands[0]!.words[1]!.value).toBe("b c");
  });

  test("never throws, and what it tells stands in the text", () => {
    const pieces = [
      "a",
      " ",
      "'",
      '"',
      "$(",
      ")",
      "`",
      "\\",
      ";",
      "|",
      "<<E\n",
      "E\n",
      "\n",
      "{",
      "}",
      "${",
      "((",
      "bash -c ",
      "A=",
      "<(",
      "#",
      "é",
      "$'",
      "sh<<x",
    ];
    let state = 7;
    const next = () => {
      state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
      return state >> 8;
    };
    for (let run = 0; run < 3_000; run++) {
      let text = "";
      for (let n = next() % 24; n >= 0; n--) text += pieces[next() % pieces.length];
      const script = parseShell(text, { depth: 4 });
      for (const word of script.words) {
        if (word.start > word.end || word.end > text.length)
          expect.fail(`${JSON.stringify(text)}: ${word.start} ${word.end} of ${text.length} ${script.opaque}`);
        for (let i = 0; i <= word.value.length; i++) {
          const at = word.at(i);
          if (at < word.start || at > word.end) expect.fail(`${JSON.stringify(text)}: ${word.value}`);
        }
      }
    }
  });
});
