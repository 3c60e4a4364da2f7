import { afterEach, beforeEach, expect, test } from "vitest";
import { root, Workshop, writeQuiet } from "./game.ts";

let workshop: Workshop;

beforeEach(() => {
  workshop = new Workshop();
});

afterEach(() => workshop.close());

/** What `start` says, supervised or not, of a topology whose nodes have this module. */
async function refused(text: string, changes: object = {}, ...args: string[]): Promise<string> {
  writeQuiet(workshop, { nodes: [{ role: "scene", module: "./scene.ts" }], ...changes });
  workshop.write("scene.ts", text);
  const { code, out, errors } = await workshop.run("start", ...args);
  expect({ code, stack: /\n +at /.exec(out + errors) }).toEqual({ code: 1, stack: null });
  return errors.replaceAll(workshop.folder, "DIR");
}

const before = "error: scene-1 cannot start: DIR/scene.ts cannot be loaded: ";

test.each([
  ["throws", '\nthrow new Error("no database");', "Error: no database (at DIR/scene.ts:2:7)"],
  [
    "does not compile",
    "const x = 1;\nenum A { B }",
    /SyntaxError: TypeScript enum .* \(at DIR\/scene\.ts:2\)$/,
  ],
  [
    "imports what was not generated yet",
    'import { protocol } from "./generated/server/index.ts"; export default protocol;',
    "Error: Cannot find module 'DIR/generated/server/index.ts' imported from DIR/scene.ts; run photinus codegen",
  ],
  [
    "imports a file without its extension",
    'import x from "./protocol"; export default x;',
    "Error: Cannot find module 'DIR/protocol' imported from DIR/scene.ts; import the file by its full name, DIR/protocol.ts",
  ],
  [
    "imports a package that is not installed",
    'import x from "nodb"; export default x;',
    "Error: Cannot find package 'nodb' imported from DIR/scene.ts; install it: npm install nodb",
  ],
  [
    "imports a name that is not there",
    'import { gone } from "./protocol.ts"; export default gone;',
    "SyntaxError: The requested module './protocol.ts' does not provide an export named 'gone' (at DIR/scene.ts:1)",
  ],
])("a node module that %s is told of with its place, and nothing hangs", async (_what, text, message) => {
  workshop.write("protocol.ts", "export default [];\n");
  const errors = await refused(text);
  expect(errors.slice(0, before.length)).toBe(before);
  expect(errors.slice(before.length).trimEnd()).toEqual(
    typeof message === "string" ? message : expect.stringMatching(message),
  );
});

const failing = `import { fail } from "${root}/runtime/index.ts";\nconst error = () => fail("NOT_FOUND", "no stars");\n`;

test.each([
  [
    "where its module throws it",
    `${failing}throw error();`,
    "DIR/scene.ts cannot be loaded: NOT_FOUND: no stars (at DIR/scene.ts:2:21)",
  ],
  [
    "where its function throws it",
    `${failing}export default () => {\n  throw error();\n};`,
    "the module of scene-1 failed: NOT_FOUND: no stars (at DIR/scene.ts:2:21)",
  ],
  [
    "in its file, where the stack has none of it",
    `${failing}export default async () => {\n  throw Object.assign(error(), { stack: "" });\n};`,
    "the module of scene-1 failed: NOT_FOUND: no stars (in DIR/scene.ts)",
  ],
])("an error of Photinus keeps a node from starting, and is placed %s", async (_where, text, message) => {
  expect(await refused(text)).toBe(`error: scene-1 cannot start: ${message}\n`);
  expect(await refused(text, {}, "--in-process")).toBe(`error: ${message}\n`);
});

const protocol = {
  fingerprint: "0123456789abcdef",
  commands: [],
  pushes: [],
  methods: [
    {
      id: 1,
      name: "town.Scene.Show",
      role: "scene",
      kind: "request",
      timeoutMs: 1,
      route: { kind: "round-robin" },
    },
    {
      id: 2,
      name: "town.Pilot.Where",
      role: "scene",
      kind: "request",
      timeoutMs: 1,
      route: { kind: "round-robin" },
    },
  ],
};
const scene = '{ name: "town.Scene", role: "scene", commands: [], methods: [] }';

test("a node that forgot a service of its role cannot start", async () => {
  workshop.write("town.mjs", `export const protocol = ${JSON.stringify(protocol)};\n`);
  const missing =
    'the module of scene-1 does not implement town.Pilot, which every node of the role "scene" must; ' +
    "add it to the result of defineNode (photinus stub town.Pilot FILE writes its handlers)\n";
  const text = `export default () => [${scene}];`;
  const changes = { protocol: "./town.mjs" };
  expect(await refused(text, changes)).toBe(`error: scene-1 cannot start: ${missing}`);
  expect(await refused(text, changes, "--in-process")).toBe(`error: ${missing}`);
});

test("a node that implements another role's service cannot start", async () => {
  workshop.write("town.mjs", `export const protocol = ${JSON.stringify(protocol)};\n`);
  const text = `export default () => [${scene.replace('"scene"', '"harbour"')}];`;
  expect(await refused(text, { protocol: "./town.mjs" })).toMatch(
    /^error: scene-1 cannot start: the module of scene-1 failed: .*town\.Scene.*harbour.*\n$/,
  );
});

test.each([[["--in-process"]], [[]]])(
  "a node module that waits for ever does not keep start %j from being stopped",
  async (args) => {
    writeQuiet(workshop, { nodes: [{ role: "scene", module: "./scene.ts" }] });
    workshop.write("scene.ts", 'console.log("waiting");\nawait new Promise(() => {});\n');
    const run = workshop.spawn(["start", ...args]);
    await run.until("waiting");
    run.signal("SIGTERM");
    expect(await run.ended).toBe(0);
  },
);
