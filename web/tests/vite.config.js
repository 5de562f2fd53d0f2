// Builds each test beside the code it tests, so that node's own runner needs no knowledge of TypeScript.
import { readdirSync } from "node:fs";
import { defineConfig } from "vite";

const folder = new URL(".", import.meta.url).pathname;
const tests = readdirSync(folder).filter((name) => name.endsWith(".test.js"));

export default defineConfig({
  logLevel: "warn",
  build: {
    ssr: true,
    outDir: "node_modules/.cache/weir-tests",
    emptyOutDir: true,
    rollupOptions: { input: tests.map((name) => folder + name), output: { entryFileNames: "[name].mjs" } },
  },
});
