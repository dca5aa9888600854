// Builds everything that the server hands out to browsers.

import { build } from "vite";

const configFile = new URL("apps/widget/vite.config.ts", import.meta.url).pathname;
for (const mode of ["widget", "more", "zh-Hant", "en", "sw"]) {
  await build({ configFile, mode, logLevel: "warn" });
}
