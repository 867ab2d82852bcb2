// The licences of the code that a bundle contains. A bundler copies other people's code into our file, and their licences
// ask that their notice goes with it. Written at each build, from esbuild's list of what it read.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** Names of the files in which packages keep what has to be passed on. */
const legalFile = /^(licen[cs]e|notice|copying|copyright)([.-].*)?$/i;

/**
 * The folders of the packages of `node_modules` that are in the bundles, sorted.
 * @param {string} root the folder that the metafiles' paths are relative to
 * @param {readonly import("esbuild").Metafile[]} metafiles
 */
export function bundledPackages(root, metafiles) {
  const folders = new Set();
  for (const { outputs } of metafiles) {
    // What the outputs contain, not what was read: tree shaking may leave a package out.
    for (const { inputs } of Object.values(outputs)) {
      for (const path of Object.keys(inputs)) {
        const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(resolve(root, path))?.[0];
        if (folder !== undefined) folders.add(folder);
      }
    }
  }
  return [...folders].sort();
}

/**
 * One section a package: name, version, licence and the text of its licence files.
 * Throws if a package has no licence file, because then nothing shows that its code may be passed on.
 * @param {readonly string[]} folders
 */
export function noticesOf(folders) {
  const sections = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const texts = readdirSync(folder)
      .filter((file) => legalFile.test(file))
      .map((file) => readFileSync(join(folder, file), "utf8").trim());
    if (texts.length === 0) throw new Error(`${name} ${version} has no licence file and cannot be bundled`);
    return `${"=".repeat(80)}\n${name} ${version} (${license})\n${"=".repeat(80)}\n\n${texts.join("\n\n")}\n`;
  });
  return `This package contains code of the following packages.\n\n${[...new Set(sections)].join("\n")}`;
}

/**
 * @param {string} file where to write
 * @param {string} root the folder that the metafiles' paths are relative to
 * @param {readonly import("esbuild").Metafile[]} metafiles
 */
export function writeNotices(file, root, metafiles) {
  writeFileSync(file, noticesOf(bundledPackages(root, metafiles)));
}
