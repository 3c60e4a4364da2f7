import { defaultClientConditions, defineConfig } from "vite";

/** The page talks to the server that it came from; in development the server's address is `?server=ws://host:port`. */
export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  resolve: { conditions: ["photinus-source", ...defaultClientConditions] },
  build: { outDir: "dist", emptyOutDir: true, target: "es2022" },
});
