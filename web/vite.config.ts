// Two pages and no more: index.html is the console, player.html plays one stream. Every file they need lies under /assets with
// a hash in its name, so that the server may let it be cached for ever; the pages themselves name no path but /assets.
import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  appType: "mpa",
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    target: "es2021",
    assetsDir: "assets",
    assetsInlineLimit: 0,
    emptyOutDir: true,
    chunkSizeWarningLimit: 700,
    modulePreload: { polyfill: false },
    rollupOptions: { input: ["index.html", "player.html"] },
  },
});
