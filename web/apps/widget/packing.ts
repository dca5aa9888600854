// What the build does to be small, beyond what Vite does.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { minify } from "terser";
import type { Plugin } from "vite";

const here = import.meta.dirname;

/**
 * The language that the widget brings along comes in two halves: the words that only the later parts
 * say come with those.
 */
export function splitsWords(isFirst: boolean): Plugin {
  const said = readdirSync(resolve(here, "src"), { recursive: true, encoding: "utf-8" })
    .filter((path) => /\.tsx?$/.test(path) && !/^(more|locales)/.test(path))
    .map((path) => readFileSync(resolve(here, "src", path), "utf-8"))
    .join("");
  const isOurs = (line: string) => {
    const key = /^  (\w+):/.exec(line)?.[1];
    return !key || said.includes(`"${key}"`) === isFirst;
  };
  return {
    name: "splits-words",
    enforce: "pre",
    load: (id) => {
      if (!id.endsWith("/locales/zh-Hans.ts")) return null;
      return readFileSync(id, "utf-8").split("\n").filter(isOurs).join("\n");
    },
  };
}

/** Another pass of another minifier: three per cent less. */
export function packsTighter(): Plugin {
  return {
    name: "packs-tighter",
    async generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        const { code } = await minify(chunk.code, {
          ecma: 2020,
          module: chunk.fileName === "more.js",
          compress: { passes: 3, unsafe_arrows: true, unsafe_methods: true, pure_getters: true, keep_fargs: false },
        });
        chunk.code = code ?? chunk.code;
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
