import { resolve } from "node:path";
import vue from "@vitejs/plugin-vue";
import components from "unplugin-vue-components/vite";
import { ElementPlusResolver } from "unplugin-vue-components/resolvers";
import { defineConfig } from "vite";
import { emojiData } from "./emoji_data.ts";

const here = import.meta.dirname;

export default defineConfig(async ({ mode }) => ({
  root: here,
  base: "/desk/",
  plugins: [
    vue(),
    emojiData(),
    // Only Element Plus: components of our own are imported where they are used.
    components({ dirs: [], dts: false, resolvers: [ElementPlusResolver()] }),
    ...(mode === "mock" ? [(await import("./mock/plugin.ts")).mockServer()] : []),
  ],
  build: {
    outDir: resolve(here, "../../../kefu/server/static/desk"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    manifest: true,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "vue", test: /node_modules[\\/](@?vue|pinia|vue-router|@vueuse)/, priority: 2 },
          ],
        },
      },
    },
  },
}));
