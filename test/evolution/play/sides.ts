import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { connect } from "@photinus/client/node";
import { generate } from "../../../codegen/generate.ts";
import { emptyLock, type Lock } from "../../../codegen/lock/lock.ts";
import { updateLock } from "../../../codegen/lock/update.ts";
import { typescriptClient } from "../../../codegen/typescript/client/typescript-client-target.ts";
import { typescriptServer } from "../../../codegen/typescript/server/typescript-server-target.ts";
import { servicePath } from "../../../codegen/typescript/service-names.ts";
import type { Protocol } from "../../../runtime/api/protocol.ts";
import type { Table, TableShape } from "../../../runtime/tables/handle/table-shape.ts";
import type { Schema, Service } from "../../../schema/model.ts";
import { loadPair } from "../corpus/found.ts";
import type { Pair } from "../corpus/pair.ts";
import { Servers } from "./servers.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Exports of a generated module. */
export type Exports = Readonly<Record<string, unknown>>;

/** Table whose rows the player writes and reads. */
export interface PlayedShape extends TableShape {
  row: Record<string, unknown>;
  key: unknown;
  fixed: never;
  required: never;
  indexes: Record<string, unknown>;
  entity: object;
}

/** One schema of a pair with its generated code, imported. */
export interface Side {
  /** Release in the words of the corpus: "old" before the change, "new" after it. */
  readonly age: "old" | "new";
  readonly schema: Schema;
  readonly protocol: Protocol;
  /** Tables of the schema. */
  readonly tables: readonly Table<PlayedShape>[];
  /** Generated `connect`, which sends the fingerprint of the schema. */
  readonly connect: typeof connect;
  /** Module of a service in the server's code. */
  server(service: Service): Promise<Exports>;
  /** Module of a service in the client's code. */
  client(service: Service): Promise<Exports>;
  /** Module of the messages of a file in the server's code. */
  messages(path: string): Promise<Exports>;
}

/** Two sides of a pair. */
export interface Sides {
  readonly old: Side;
  readonly new: Side;
}

/** Generates the code of pairs into a temporary folder and imports it. */
export class Workshop {
  /** Database and cache of the pairs that need them. */
  readonly servers = new Servers();
  readonly #folder: string;
  #count = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<Workshop> {
    const folder = await mkdtemp(join(tmpdir(), "photinus-evolution-"));
    await mkdir(join(folder, "node_modules/@photinus"), { recursive: true });
    await symlink(root, join(folder, "node_modules/photinus"));
    await symlink(join(root, "clients/typescript"), join(folder, "node_modules/@photinus/client"));
    await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
    return new Workshop(folder);
  }

  async sidesOf(pair: Pair): Promise<Sides> {
    const { before, after } = await loadPair(pair);
    const lock = updateLock(before, emptyLock);
    const folder = join(this.#folder, `p${this.#count++}`);
    return {
      old: await this.#side("old", before, lock, folder),
      new: await this.#side("new", after, updateLock(after, lock), folder),
    };
  }

  /** Path of a new database file. */
  file(): string {
    return join(this.#folder, `rows-${this.#count++}.sqlite`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.servers[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #side(age: Side["age"], schema: Schema, lock: Lock, folder: string): Promise<Side> {
    const own = join(folder, age);
    for (const { path, text } of generate(schema, [typescriptServer, typescriptClient], { lock })) {
      await mkdir(dirname(join(own, path)), { recursive: true });
      await writeFile(join(own, path), text);
    }
    const load = async (path: string) => (await import(pathToFileURL(join(own, path)).href)) as Exports;
    const { protocol } = (await load("server/protocol.ts")) as { protocol: Protocol };
    const { connect: open } = (await load("client/node.ts")) as { connect: typeof connect };
    return {
      age,
      schema,
      protocol,
      tables: ((await protocol.tables?.()) ?? []) as readonly Table<PlayedShape>[],
      connect: open,
      server: (service) => load(`server/${servicePath(service)}`),
      client: (service) => load(`client/${servicePath(service)}`),
      messages: (path) => load(`server/${path.replace(/\.proto$/, "")}.messages.ts`),
    };
  }
}
