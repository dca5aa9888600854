// Builds everything that the server hands out to browsers.

import { build } from "vite";

const configFile = new URL("apps/widget/vite.config.ts", import.meta.url).pathname;
// The widget comes last: it names what the others hold.
for (const mode of ["sw", "watch", "trace", "more", "zh-Hant", "en", "widget"]) {
  await build({ configFile, mode, logLevel: "warn" });
}

await build({
  configFile: new URL("apps/desk/vite.config.ts", import.meta.url).pathname,
  logLevel: "warn",
});
