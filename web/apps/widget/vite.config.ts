import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { packsForBrotli, packsTighter, partsOf, splitsWords } from "./packing.ts";

const here = import.meta.dirname;
const out = resolve(here, "../../../kefu/server/static/widget");

/**
 * What is built, one a `--mode`: the widget; its parts and languages that are fetched later; the
 * service worker; what shows those who edit the bot how that goes.
 */
const ENTRIES = {
  widget: { source: "src/main.tsx", format: "iife" },
  sw: { source: "src/sw.ts", format: "iife" },
  more: { source: "src/more/index.ts", format: "es" },
  "zh-Hant": { source: "src/locales/zh-Hant.ts", format: "es" },
  watch: { source: "src/watch/index.ts", format: "iife" },
  trace: { source: "src/trace/index.ts", format: "iife" },
  en: { source: "src/locales/en.ts", format: "es" },
} as const;

export default defineConfig(({ mode }) => {
  const name = mode in ENTRIES ? (mode as keyof typeof ENTRIES) : "widget";
  const { source, format } = ENTRIES[name];
  return {
    root: here,
    publicDir: name === "widget" ? "public" : false,
    plugins: [
      packsTighter(),
      packsForBrotli(),
      splitsWords(name === "widget"),
      ...(name === "more" ? [sharesCore()] : []),
    ],
    define: name === "widget" ? { __PARTS__: JSON.stringify(partsOf(out)) } : {},
    oxc: { jsx: { runtime: "classic", pragma: "h", pragmaFrag: "Fragment" } },
    build: {
      outDir: out,
      emptyOutDir: name === "sw",
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
