import { appendFileSync, copyFileSync, existsSync, mkdirSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root, type Workshop } from "../../integration/process/game.ts";

const fixture = fileURLToPath(new URL("fixture", import.meta.url));
const lock = "schema/photinus.lock.json";

/** Address at which refused clients get another version. */
export const upgradeUrl = "https://isle.example/update";

/** Name of the file to which handlers append their begins and ends. */
export const ranFile = "ran.txt";

/** Numbers of the releases. */
export const releases = [1, 2, 3] as const;
export type ReleaseNumber = (typeof releases)[number];

const config = `
import { protocol } from "./current/generated/server/index.ts";
const limits = { guestRate: false };
export default {
  protocol,
  gates: ["gate-1", "gate-2"].map((name) => ({ name, listen: { port: 0 }, limits })),
  nodes: [
    { role: "scene", instances: 3, module: "./current/scene.mjs" },
    { role: "scene", name: "canary", module: "./canary/scene.mjs", canary: {} },
    { role: "board", instances: 2, module: "./current/board.mjs" },
  ],
  clients: { upgradeUrl: ${JSON.stringify(upgradeUrl)} },
  data: { embedded: { file: "isle.sqlite" } },
};
`;

/**
 * Folders of three releases of one game, as a team makes them: each has the lock file of the one before, is recorded by
 * `photinus release`, and then generated. The link `current` leads to the release that is deployed, `canary` to the one of the canary node.
 */
export class Releases {
  readonly #workshop: Workshop;
  #current: ReleaseNumber = 1;

  private constructor(workshop: Workshop) {
    this.#workshop = workshop;
  }

  static async make(workshop: Workshop): Promise<Releases> {
    const made = new Releases(workshop);
    workshop.write("package.json", '{ "type": "module" }\n');
    workshop.write("photinus.config.ts", config);
    workshop.write(ranFile, "");
    const modules = join(workshop.folder, "node_modules");
    mkdirSync(join(modules, "@photinus"), { recursive: true });
    symlinkSync(root, join(modules, "photinus"));
    symlinkSync(join(root, "clients/typescript"), join(modules, "@photinus/client"));
    for (const number of releases) await made.#make(number);
    made.point("current", 1);
    made.point("canary", 1);
    return made;
  }

  /** Folder of the release that is deployed. */
  get current(): string {
    return this.folder(this.#current);
  }

  folder(number: ReleaseNumber): string {
    return join(this.#workshop.folder, `r${number}`);
  }

  /** Deploys a release: processes that start from now on run it. */
  point(link: "current" | "canary", number: ReleaseNumber): void {
    const { folder } = this.#workshop;
    symlinkSync(`r${number}`, join(folder, "next"));
    renameSync(join(folder, "next"), join(folder, link));
    if (link === "current") this.#current = number;
    this.step();
  }

  /** Notes that scenes change their nodes from now on. */
  step(): void {
    appendFileSync(join(this.#workshop.folder, ranFile), `${process.hrtime.bigint()} step\n`);
  }

  async #make(number: ReleaseNumber): Promise<void> {
    const folder = this.folder(number);
    mkdirSync(join(folder, "schema/isle"), { recursive: true });
    copyFileSync(join(fixture, `r${number}.proto`), join(folder, "schema/isle/isle.proto"));
    for (const name of ["scene.mjs", "board.mjs"]) copyFileSync(join(fixture, name), join(folder, name));
    const former = join(this.#workshop.folder, `r${number - 1}`, lock);
    if (existsSync(former)) copyFileSync(former, join(folder, lock));
    const schema = `r${number}/schema`;
    const out = `r${number}/generated`;
    await this.photinus("release", "--schema", schema);
    await this.photinus("codegen", "--schema", schema, "--out", out);
  }

  /** Runs the command line in the folder of the game. Returns what it prints; throws when it fails. */
  async photinus(...args: string[]): Promise<string> {
    const { code, out, errors } = await this.#workshop.run(...args);
    if (code !== 0) throw new Error(`photinus ${args.join(" ")} ended with ${code}:\n${out}${errors}`);
    return out;
  }
}
