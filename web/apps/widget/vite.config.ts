import { resolve } from "node:path";
import { defineConfig } from "vite";

const here = import.meta.dirname;

/** The service worker is a program of its own: `--mode sw`. */
export default defineConfig(({ mode }) => {
  const entry = mode === "sw" ? "sw" : "widget";
  return {
    root: here,
    publicDir: entry === "widget" ? "public" : false,
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir: resolve(here, "../../../kefu/server/static/widget"),
      emptyOutDir: entry === "widget",
      target: "es2022",
      reportCompressedSize: false,
      rolldownOptions: {
        input: resolve(here, entry === "widget" ? "src/main.tsx" : "src/sw.ts"),
        output: { format: "iife", entryFileNames: `${entry}.js` },
      },
    },
  };
});
