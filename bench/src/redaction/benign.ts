// Texts that hold no secret, as agents see them all day. Much of it is read from the packages that are installed here, so that
// nobody wrote it to be passed over; the rest is made from a seed.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { seeded } from "../../../packages/redact/dist/detectors/sample.js";

export interface BenignText {
  readonly kind: string;
  readonly text: string;
}

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** Of larger files, what is read. */
const READ = 200_000;
const MOST_FILES = 3_000;

/** Names of files of the installed packages, in order, so that a run is the same for the same lock file. */
function installed(ending: RegExp): string[] {
  const found: string[] = [];
  const open = [join(ROOT, "node_modules")];
  while (open.length > 0 && found.length < MOST_FILES) {
    const folder = open.shift()!;
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) open.push(path);
      else if (entry.isFile() && ending.test(entry.name) && statSync(path).size < 2_000_000) found.push(path);
    }
  }
  return found;
}

/** Lines of files that `ending` names, spread evenly over the files. */
function lines(ending: RegExp, count: number, next: (below: number) => number, wanted: RegExp = /\S/): string[] {
  const files = installed(ending);
  const found = new Set<string>();
  for (let tries = 0; found.size < count && tries < count * 40 && files.length > 0; tries++) {
    const file = readFileSync(files[next(files.length)]!, "utf8").slice(0, READ);
    const all = file.split("\n").filter((line) => line.length >= 20 && line.length <= 400 && wanted.test(line));
    for (let n = 0; n < 3 && all.length > 0; n++) found.add(all[next(all.length)]!);
  }
  return [...found].slice(0, count);
}

const hex = (algorithm: string, n: number) => createHash(algorithm).update(`${algorithm} ${n}`).digest("hex");
const base64 = (bytes: number, n: number) => {
  const parts = Array.from({ length: Math.ceil(bytes / 64) }, (_, i) =>
    createHash("sha512").update(`picture ${n} ${i}`).digest(),
  );
  return Buffer.concat([Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"), ...parts])
    .subarray(0, bytes)
    .toString("base64");
};
const uuid = (n: number) => hex("md5", n).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

function made(kind: string, count: number, write: readonly ((n: number) => string)[]): BenignText[] {
  return Array.from({ length: count }, (_, n) => ({ kind, text: write[n % write.length]!(n) }));
}

/** About 6,000 texts; the kinds say what they are. */
export function benign(seed = 5_261_128): BenignText[] {
  const next = seeded(seed);
  const of = (kind: string, texts: readonly string[]): BenignText[] => texts.map((text) => ({ kind, text }));
  const lock = readFileSync(join(ROOT, "package-lock.json"), "utf8").split("\n");
  const files = installed(/./);
  return [
    ...of("code", lines(/\.[cm]?[jt]s$/, 1_400, next)),
    ...of("declarations", lines(/\.d\.[cm]?ts$/, 400, next)),
    ...of("prose", lines(/\.md$/i, 1_000, next, /[a-z] [a-z]/)),
    ...of("settings", lines(/\.(?:json|ya?ml)$/, 500, next)),
    ...of(
      "lines of a lock file",
      lock.filter((line) => line.includes("integrity") || line.includes("resolved")).slice(0, 400),
    ),
    ...of(
      "paths",
      Array.from({ length: 400 }, () => files[next(files.length)]!),
    ),
    ...made("hashes", 500, [
      (n) => `commit ${hex("sha1", n)}`,
      (n) => `${hex("sha256", n)}  dist/file-${n}.tar.gz`,
      (n) => `registry.example/app@sha256:${hex("sha256", n)}`,
      (n) => `index ${hex("sha1", n).slice(0, 10)}..${hex("sha1", n + 1).slice(0, 10)} 100644`,
      (n) => `etag: "${hex("md5", n)}"`,
      (n) => `integrity sha512-${createHash("sha512").update(`${n}`).digest("base64")}`,
      (n) => `cache key: node-modules-linux-${hex("sha256", n)}`,
      (n) => `{"sha":"${hex("sha1", n)}","ref":"refs/heads/main"}`,
    ]),
    ...made("ids", 500, [
      (n) => `request ${uuid(n)} took ${n} ms`,
      (n) => `{"session_id":"${uuid(n)}","cwd":"/srv/app"}`,
      (n) => `trace_id=${hex("md5", n)} span_id=${hex("md5", n).slice(0, 16)}`,
      (n) => `toolu_01${hex("sha1", n).slice(0, 22)} finished`,
      (n) => `pod web-${hex("md5", n).slice(0, 9)}-${hex("md5", n).slice(9, 14)} Running`,
      (n) => `i-0${hex("sha1", n).slice(0, 16)} running t3.micro`,
      (n) => `arn:aws:s3:::bucket-${n}/key/name-${hex("md5", n)}.txt`,
      (n) => `msg_${hex("sha1", n).slice(0, 24)} cus_${hex("md5", n).slice(0, 14)}`,
    ]),
    ...made("pictures", 200, [
      (n) => `data:image/png;base64,${base64(600 + 13 * n, n)}`,
      (n) => `{"type":"image","data":"${base64(900 + 7 * n, n)}"}`,
    ]),
    ...made("addresses", 300, [
      (n) => `https://shop.example/list?sort_key=asc&page=${n}`,
      (n) => `GET https://api.example.com/v1/users/${n}/keys?limit=50&cursor=${n * 7} 200 ${n} ms`,
      (n) => `https://github.com/acme/app/commit/${hex("sha1", n)}`,
      (n) => `https://docs.example.com/guides/authentication#tokens-and-keys-${n}`,
      (n) => `git clone ssh://git@github.com/acme/repo-${n}.git`,
      (n) => `http://localhost:${3000 + n}/auth/callback?state=start&lang=en`,
    ]),
    ...made("commands", 400, [
      (n) => `git commit -m "fix: tokens are counted once (#${n})" && git push origin main`,
      (n) => `npm run build -- --key-file certs/server-${n}.pem --out dist`,
      (n) => `docker run --rm -p ${8000 + n}:80 -e NODE_ENV=production -v $PWD:/app app:1.${n}`,
      (n) => `kubectl get secret app-${n} -o yaml -n prod`,
      (n) => `export GITHUB_TOKEN=$(gh auth token); gh run view ${n}`,
      (n) => `grep -rn "password" src/ --include=*.ts | head -${n}`,
      (n) => `psql -h localhost -p 5432 -U app -c "select * from sessions limit ${n}"`,
      (n) => `curl -fsS -o out.json https://api.example.com/items/${n}?fields=key,name`,
      (n) => `ssh -i ~/.ssh/id_ed25519 deploy@host-${n}.example.com uptime`,
      (n) => `mysql -u root -p app_${n} < schema.sql`,
      (n) => `aws s3 cp s3://bucket-${n}/key.json - | jq .token_count`,
      (n) => `PWD=/srv/app OLDPWD=/srv make -j${1 + (n % 8)} test`,
    ]),
    ...made("logs", 300, [
      (n) => `2026-01-05T08:00:${10 + (n % 50)}Z INFO auth: user ${n} signed in`,
      (n) => `WARN token count ${n} is above the budget of ${n * 2}`,
      (n) => `ERROR password for user ${n} is too short`,
      (n) => `PASS test/login-${n}.spec.ts (${n} tests)`,
      (n) => `src/file-${n}.ts:${n}:5:error:unused variable`,
      (n) => `session closed; keys rotated: ${n}; secret store reachable`,
      (n) => `SyntaxError: Unexpected token 'export' at line ${n}`,
      (n) => `| key | value |\n| --- | --- |\n| page_${n} | ${n} |`,
    ]),
  ];
}

/** Lines of code that hold the words of secrets: the hardest there are. Measured, and not counted among the others. */
export function trying(count: number, seed = 6_261_128): BenignText[] {
  const words = /secret|pass(?:word|wd|phrase)?|pwd|credential|token|auth|cookie|[kK]eys?\b/;
  return lines(/\.[cm]?[jt]s$/, count, seeded(seed), words).map((text) => ({
    kind: "code with words of secrets",
    text,
  }));
}
