import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { minify } from "terser";
import { defineConfig, type Plugin } from "vite";

const here = import.meta.dirname;

/**
 * What is built, one a `--mode`: the widget; its parts and languages that are fetched later; the
 * service worker.
 */
const ENTRIES = {
  widget: { source: "src/main.tsx", format: "iife" },
  sw: { source: "src/sw.ts", format: "iife" },
  more: { source: "src/more/index.ts", format: "es" },
  "zh-Hant": { source: "src/locales/zh-Hant.ts", format: "es" },
  en: { source: "src/locales/en.ts", format: "es" },
} as const;

export default defineConfig(({ mode }) => {
  const name = mode in ENTRIES ? (mode as keyof typeof ENTRIES) : "widget";
  const { source, format } = ENTRIES[name];
  return {
    root: here,
    publicDir: name === "widget" ? "public" : false,
    plugins: [packsTighter(), ...(name === "more" ? [sharesCore()] : []), splitsWords(name === "widget")],
    oxc: { jsx: { runtime: "classic", pragma: "h", pragmaFrag: "Fragment" } },
    build: {
      outDir: resolve(here, "../../../kefu/server/static/widget"),
      emptyOutDir: name === "widget",
      target: "es2022",
      reportCompressedSize: false,
      rolldownOptions: {
        input: resolve(here, source),
        preserveEntrySignatures: "strict",
        output: { format, entryFileNames: `${name}.js` },
      },
    },
  };
});

/** Lets the later parts take `core.ts` from the running widget instead of bringing it along. */
function sharesCore(): Plugin {
  const core = resolve(here, "src/core.ts");
  const names = [...readFileSync(core, "utf-8").matchAll(/^export \{([^}]*)\};/gm)]
    .flatMap(([, list]) => list!.split(","))
    .map((name) => name.trim())
    .filter((name) => name && !name.startsWith("type "));
  return {
    name: "shares-core",
    enforce: "pre",
    // HttpError, too, must be the class that the widget knows.
    resolveId: (id) => (id.endsWith("/core") || id === "./server" ? "\0core" : null),
    load: (id) =>
      id === "\0core" ? `export const { ${names.join(", ")} } = globalThis[Symbol.for("kefu")];` : null,
  };
}

/**
 * The language that the widget brings along comes in two halves: the words that only the later parts
 * say come with those.
 */
function splitsWords(isFirst: boolean): Plugin {
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
function packsTighter(): Plugin {
  return {
    name: "packs-tighter",
    async generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        const options = { module: chunk.fileName === "more.js", compress: { passes: 3, ecma: 2020 as const, unsafe_arrows: true, unsafe_methods: true, pure_getters: true } };
        chunk.code = (await minify(chunk.code, options)).code ?? chunk.code;
      }
    },
  };
}
