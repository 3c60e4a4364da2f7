import { fileURLToPath } from "node:url";
import { build } from "vite";

const web = fileURLToPath(new URL("../../clients/web", import.meta.url));

/** Builds the example's page before any test runs: a game reads the list of its files when it starts. */
export default async function buildPage(): Promise<void> {
  await build({ root: web, configFile: `${web}/vite.config.ts`, logLevel: "warn" });
}
