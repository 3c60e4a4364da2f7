/** How a snippet of a document is tried that is not pasted by the tests of the guides. */
export type Way =
  /** A file or a line of a game that those tests paste, start and play. */
  | { readonly kind: "pasted" }
  /** TypeScript that the compiler checks, behind what it needs; `put` puts it where it belongs. */
  | { readonly kind: "code"; readonly before: string; readonly put?: (text: string) => string }
  /** Options of a topology, which has to be found in order. */
  | { readonly kind: "topology" }
  /** A part of a schema, which is put together with the others of its document. */
  | { readonly kind: "schema"; readonly put?: (text: string) => string }
  /** Lines for a terminal; those of Photinus and npm have to be known. */
  | { readonly kind: "commands" }
  /** Lines and settings of protoc and buf, which a test runs on a reader's schema. */
  | { readonly kind: "plugin" }
  /** Not tried here, for a reason. */
  | { readonly kind: "other"; readonly why: string };

const pasted: Way = { kind: "pasted" };
const topology: Way = { kind: "topology" };
const commands: Way = { kind: "commands" };
const plugin: Way = { kind: "plugin" };
const other = (why: string): Way => ({ kind: "other", why });
const code = (before: string, put?: (text: string) => string): Way => ({
  kind: "code",
  before,
  ...(put && { put }),
});
const schema = (put?: (text: string) => string): Way => ({ kind: "schema", ...(put && { put }) });

const client = "../../generated/client/meadow";
/** Imports of a document, from where the example's generated code is for a test. */
const fromHere = (text: string) => text.replaceAll('"./generated/', '"../../generated/');
const rpcOf = (role: string) => (text: string) =>
  `service ${role} {\noption (photinus.service) = { role: "${role.toLowerCase()}" };\n${text}}\n`;

/** The ways of all snippets of each document, in their order. */
export const ways: Readonly<Record<string, readonly Way[]>> = {
  "README.md": [
    ...Array.from({ length: 3 }, () => pasted),
    commands,
    ...Array.from({ length: 12 }, () => pasted),
  ],
  "docs/SERVER.md": [
    ...Array.from({ length: 3 }, () => pasted),
    code(`import type { NodeHandle } from "photinus";
declare const node: NodeHandle;
`),
    code(
      `import type { CommandContext, PushTarget } from "photinus";
declare function pay(userId: bigint, item: number): Promise<number>;
declare const market: { pushSpent(to: PushTarget, spent: { userId: bigint; item: number }): void };
`,
      (text) =>
        `export const handlers = {\n${text.replace("({ item }, ctx)", "({ item }: { item: number }, ctx: CommandContext)")}\n};\n`,
    ),
    code(`import type { NodeHandle, Session } from "photinus";
declare const node: NodeHandle;
`),
    ...Array.from({ length: 3 }, () => pasted),
    code(`import type { Protocol } from "photinus";
interface Keys { readonly send: Uint8Array }
declare const protocol: Protocol;
declare function handshake(preamble: Uint8Array, hello: Uint8Array): { answer: Uint8Array; keys: Keys };
declare function encrypt(keys: Keys, bytes: Uint8Array): Uint8Array;
declare function decrypt(keys: Keys, bytes: Uint8Array): Uint8Array;
`),
    code(`import { startInProcess, type Topology } from "photinus";
import { connect } from "@photinus/client/node";
declare const topology: Topology;
`),
  ],
  "docs/SCHEMA.md": [
    schema(),
    schema((text) =>
      text.replace(
        /\}\s*$/,
        "  rpc Ping(Step) returns (photinus.None) { option (photinus.command).id = 9; }\n}\n",
      ),
    ),
    schema(rpcOf("Steps")),
    schema(rpcOf("Flights")),
    schema(),
    schema(rpcOf("Echoes")),
    schema((text) => `message Saying {\n${text}}\n`),
    schema(),
    schema(),
    schema(),
    other("renames what the reader has; test/integration/tables/renamed-by-command.test.ts does"),
    other("what the generator prints"),
  ],
  "docs/DATA.md": [
    pasted,
    topology,
    other("for sqlite3, which need not be there"),
    topology,
    other("for a Redis and a MySQL with rows"),
    schema((text) => `${text}uint64 id = 1 [(photinus.column) = { primary_key: true }];\n}\n`),
    topology,
    topology,
    code(`import type { NodeHandle } from "photinus";
import type { Player } from "./generated/server/meadow/meadow.messages.ts";
import { playerTable } from "./generated/server/meadow/meadow.tables.ts";
declare const node: NodeHandle;
declare const ranking: { add(player: Player): void };
const players = node.table(playerTable);
`),
    commands,
    other("what the command line prints"),
    commands,
    commands,
    other("what an export has; test/integration/personal-data has another one"),
  ],
  "docs/CONFIGURATION.md": [
    topology,
    topology,
    topology,
    topology,
    topology,
    other("what the command line prints; test/integration/process/client-releases.test.ts has it"),
    other("what the command line prints; test/unit/cli/deprecated-usage.test.ts has it"),
    commands,
    topology,
  ],
  "docs/PERFORMANCE.md": [commands, commands],
  "SECURITY.md": [],
  "docs/ARCHITECTURE.md": [],
  "docs/EVOLUTION.md": [
    commands,
    other("a part of a service; test/unit/codegen/cli/check.test.ts tries such a comment"),
    other("settings; test/unit/codegen/cli/check.test.ts tries each of them"),
    other("a part of a service; test/evolution tries such a reservation"),
    other("settings of buf; test/evolution/buf-plugin.test.ts runs buf with the plugin"),
    commands,
    commands,
    other("a part of a topology; test/unit/options/every-option.test.ts tries each of its options"),
  ],
  "docs/RELIABILITY.md": [],
  "clients/typescript/README.md": [
    code(
      `import type { Position } from "${client}/meadow.messages.ts";
declare function draw(id: bigint, position: Position | undefined): void;
declare function chooseAnother(): void;
`,
      fromHere,
    ),
    code("", fromHere),
    code("", fromHere),
    code(`import type { Connection } from "@photinus/client";
declare const connection: Connection;
declare function show(text: string | undefined): void;
declare function logInAndEnter(): Promise<void>;
`),
    code(`import { connect } from "${client}/../index.ts";
declare function logInAndEnter(): Promise<void>;
`),
    code(`import { connect } from "${client}/../index.ts";
`),
    code(`import { connect } from "${client}/../index.ts";
declare function show(text: string): void;
`),
    code(`import type { Connection } from "@photinus/client";
declare const connection: Connection;
declare function show(text: string): void;
declare function enterAgain(): Promise<void>;
`),
    code(`import { connect } from "${client}/../index.ts";
declare function show(text: string): void;
`),
    code(`import { connect } from "${client}/../index.ts";
`),
    code("", fromHere),
  ],
  "codegen/README.md": [
    other("installs a package; test/pack-smoke installs it"),
    ...Array.from({ length: 3 }, () => plugin),
  ],
  "CONTRIBUTING.md": [commands],
  "docs/SECURITY.md": [],
  "examples/duel/README.md": [commands],
  "examples/tickets/README.md": [commands],
};

/** What the parts of docs/SCHEMA.md and docs/DATA.md name, and do not show. */
export const missingMessages = `
message Step { uint32 meadow_id = 1; }
message Flight { uint64 firefly_id = 1; }
message Arrival {}
message Welcomed {}
message Departing {}
message Seat {}
message Guild {
  option (photinus.table) = { name: "guild" };
  uint64 id = 1 [(photinus.column) = { primary_key: true }];
}
`;
