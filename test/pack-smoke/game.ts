/** A small game, as somebody would write it who has only the published packages. */
export const serverFiles: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({ name: "lantern", private: true, type: "module" }),
  "tsconfig.json": JSON.stringify({
    compilerOptions: {
      target: "es2024",
      module: "nodenext",
      types: ["node"],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      verbatimModuleSyntax: true,
      erasableSyntaxOnly: true,
      allowImportingTsExtensions: true,
      noEmit: true,
    },
    include: ["*.ts", "generated"],
  }),
  "schema/lantern/lantern.proto": `syntax = "proto3";
package lantern;
import "photinus/options.proto";

// Lanterns that remember how often they were lit.
service Lantern {
  option (photinus.service) = { role: "lantern" auth: ANYONE };

  // Lights a lantern.
  rpc Light(LightRequest) returns (LightReply) {
    option (photinus.command) = { id: 10 route: { hash: "lantern_id" } };
  }
  // A lantern was lit.
  rpc Lit(LightReply) returns (photinus.Push) {
    option (photinus.push) = { id: 11 };
  }
}

message LightRequest {
  uint64 lantern_id = 1;
}

message LightReply {
  uint64 lantern_id = 1;
  uint32 times = 2;
}
`,
  "lantern.ts": `import { defineNode, fail } from "photinus";
import * as lantern from "./generated/server/lantern/lantern.service.ts";

export default defineNode(() => {
  const times = new Map<bigint, number>();
  return lantern.implement({
    light({ lanternId }, ctx) {
      if (lanternId === 0n) throw fail("NOT_FOUND", "there is no lantern 0");
      const reply = { lanternId, times: (times.get(lanternId) ?? 0) + 1 };
      times.set(lanternId, reply.times);
      lantern.pushLit(ctx.session, reply);
      return reply;
    },
  });
});
`,
  "photinus.config.ts": `import { defineTopology } from "photinus";
import { protocol } from "./generated/server/index.ts";

export default defineTopology({
  protocol,
  gates: [{ name: "gate", listen: { port: 0 } }],
  nodes: [{ role: "lantern", instances: 2, module: "./lantern.ts" }],
});
`,
};

export const clientFiles: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({ name: "player", private: true, type: "module" }),
  "tsconfig.json": serverFiles["tsconfig.json"]!,
  "play.ts": `import { isPhotinusError } from "@photinus/client";
import { connect } from "./generated/client/index.ts";
import * as lantern from "./generated/client/lantern/lantern.service.ts";
import { connect as connectOverTcp } from "./generated/client/node.ts";

const [webSocket = "", tcp = ""] = process.argv.slice(2);
const connections = [await connect(webSocket), await connectOverTcp(tcp)];
const answers: number[] = [];
let pushes = 0;
for (const connection of connections) {
  lantern.onLit(connection, () => pushes++);
  for (let n = 0; n < 3; n++) answers.push((await lantern.light(connection, { lanternId: 7n })).times);
  try {
    await lantern.light(connection, { lanternId: 0n });
  } catch (error) {
    if (!isPhotinusError(error) || error.code !== "NOT_FOUND") throw error;
    answers.push(0);
  }
}
for (const connection of connections) await connection.close();
console.log(JSON.stringify({ answers, pushes }));
`,
};

/** What the card duel of the examples lacks in a folder of its own. */
export const duelFiles: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({ name: "duel", private: true, type: "module" }),
  "tsconfig.json": serverFiles["tsconfig.json"]!,
};
