// What the build does to be small, beyond what Vite does.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { minify } from "terser";
import type { Plugin } from "vite";

const here = import.meta.dirname;
const read = (path: string) => readFileSync(resolve(here, path), "utf-8");
const sources = (folder: string) =>
  readdirSync(resolve(here, folder), { recursive: true, encoding: "utf-8" })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => `${folder}/${path.replaceAll("\\", "/")}`);

// -- words

type Words = Record<string, string>;

/** The words of a source file in `locales/`, in its order: one a line. */
export const wordsOf = (text: string): Words =>
  Object.fromEntries([...text.matchAll(/^  (\w+): "(.*)",$/gm)].map(([, key, word]) => [key!, word!]));

/**
 * `words` as the widget unpacks them (`words.ts`): what stands in the place of single characters of
 * `base`, in pairs, and the texts that do not come about so, under their places in `keys`.
 */
export function packed(words: Words, base: Words, keys: string[]): [string, Words] {
  const votes: Record<string, Record<string, number>> = {};
  for (const key of keys) {
    const [from, to] = [[...base[key]!], [...words[key]!]];
    if (from.length !== to.length) continue;
    from.forEach((one, place) => {
      const vote = (votes[one] ??= {});
      vote[to[place]!] = (vote[to[place]!] ?? 0) + 1;
    });
  }
  const pairs = Object.entries(votes).flatMap(([one, vote]) => {
    const [other] = Object.entries(vote).sort(([, a], [, b]) => b - a)[0]!;
    return one === other || /[a-z{]/i.test(one + other) ? [] : [one + other];
  });
  const exchanged = (text: string) =>
    [...text].map((one) => pairs.find((pair) => pair[0] === one)?.[1] ?? one).join("");
  const others = keys.flatMap((key, place) =>
    exchanged(base[key]!) === words[key] ? [] : [[place, words[key]!]],
  );
  return [pairs.join(""), Object.fromEntries(others)];
}

const BASE = "src/locales/zh-Hans.ts";

/** The words that are said before the later parts have come, and the others. */
function halves(): { first: string[]; later: string[] } {
  const said = sources("src")
    .filter((path) => !/^src\/(more|locales)/.test(path))
    .map(read)
    .join("");
  const keys = Object.keys(wordsOf(read(BASE)));
  const isFirst = (key: string) => key === "lang" || said.includes(`"${key}"`);
  return { first: keys.filter(isFirst), later: keys.filter((key) => !isFirst(key)) };
}

/**
 * The language that the widget brings along comes in two halves: the words that only the later parts
 * say come with those. Other languages are told by how they differ from it.
 */
export function packsWords(isFirst: boolean): Plugin {
  return {
    name: "packs-words",
    enforce: "pre",
    load: (id) => {
      const [, name] = /\/locales\/([\w-]+)\.ts$/.exec(id) ?? [];
      if (!name) return null;
      const base = wordsOf(read(BASE));
      const { first, later } = halves();
      if (name === "zh-Hans") {
        const ours = (isFirst ? first : later).map((key) => [key, base[key]]);
        return `export default ${JSON.stringify(Object.fromEntries(ours))};`;
      }
      const [pairs, others] = packed(wordsOf(readFileSync(id, "utf-8")), base, [...first, ...later]);
      const isWhole = Object.keys(others).length > first.length;
      const told = isWhole ? ["", Object.values(others)] : [pairs, others];
      return `export default ${JSON.stringify(told)};`;
    },
  };
}

// -- names

/**
 * Names of members of our classes, which only our own code uses: short ones take their place, the same in all files.
 * Left alone is what stands in frames, in the page's calls, in words, and in quotation marks; what
 * browsers know is left alone by Terser itself.
 */
function ownNames(): string[] {
  const declared = /^  (?:readonly |get |set |async )*(\w+)(?:\(|[:?!]|<| =)/gm;
  const known = new Set(
    [...read("../../packages/protocol/src/frames.ts").matchAll(/(\w+)\??:/g)]
      .concat([...sources("src").map(read).join("").matchAll(/\["(\w+)"\]/g)])
      .concat([...read("src/api.ts").matchAll(/(\w+)\(/g)], [...read(BASE).matchAll(/^  (\w+):/gm)])
      .map(([, name]) => name!),
  );
  const names = ["src/model", "../../packages/protocol/src"]
    .flatMap(sources)
    .flatMap((path) => read(path).match(/^export class [^]*?^}/gm) ?? [])
    .flatMap((text) => [...text.matchAll(declared)].map(([, name]) => name!));
  const isOwn = (name: string) => name.length > 3 && !known.has(name) && name !== "constructor";
  return [...new Set(names)].filter(isOwn).sort();
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const short = (place: number): string =>
  (place < 26 ? "" : short(Math.floor(place / 26) - 1)) + LETTERS[place % 26]!;

/** Another pass of another minifier, and short names: four per cent less. `isSplit`: more files share the names. */
export function packsTighter(isSplit: boolean): Plugin {
  return {
    name: "packs-tighter",
    async generateBundle(_, bundle) {
      const names = ownNames();
      const props = Object.fromEntries(names.map((name, place) => [`$${name}`, short(place)]));
      const mangle = { properties: { keep_quoted: true, regex: new RegExp(`^(${names.join("|")})$`) } };
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        const result = await minify(chunk.code, {
          ecma: 2020,
          module: chunk.fileName === "more.js",
          compress: { passes: 3, unsafe_arrows: true, unsafe_methods: true, pure_getters: true, keep_fargs: false },
          ...(isSplit ? { mangle, nameCache: { props: { props } } } : {}),
        });
        chunk.code = result.code ?? chunk.code;
      }
    },
  };
}

/** Beside each script its form for browsers that know Brotli; the server packs with gzip by itself. */
export function packsForBrotli(): Plugin {
  return {
    name: "packs-for-brotli",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        for (const chunk of Object.values(bundle)) {
          if (chunk.type !== "chunk") continue;
          this.emitFile({ type: "asset", fileName: `${chunk.fileName}.br`, source: brotliCompressSync(chunk.code) });
        }
      },
    },
  };
}

/** A name for what the files in `folder` hold that are fetched later; `server/page.py` gives it the same. */
export function partsOf(folder: string): string {
  const hash = createHash("sha256");
  for (const name of ["en.js", "more.js", "zh-Hant.js"]) hash.update(readFileSync(resolve(folder, name)));
  return hash.digest("hex").slice(0, 8);
}
