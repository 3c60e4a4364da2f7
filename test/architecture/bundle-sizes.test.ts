import { describe, expect, it } from "vitest";
import { bundlers, gzipped } from "./bundlers.ts";

const generated = "./generated/client";

/**
 * Imports of a page, and how large they may be, minified and gzipped, whichever bundler it takes. Renewed tickets and the state of a
 * server's queue are 600 bytes of each client: every game with a login needs them. The release of a client, and the answer that tells
 * its player to update, are 130. Batches of pushes are 130. Compression is an import of its own.
 */
const budgets = {
  "one message": {
    bytes: 1_700,
    source: `export { Step } from "${generated}/meadow/meadow.messages.ts";`,
    shaken: ["meadow.EnterReply", "meadow.Meadow.Enter", "WebSocket"],
  },
  "connect and one service": {
    bytes: 15_900,
    source: `export { connect } from "${generated}/index.ts"; export * as chat from "${generated}/meadow/chat.service.ts";`,
    // The last three are of rules that no option of a client has: lists and named members.
    shaken: [
      ...["meadow.Meadow.", "meadow.Login.", "meadow.Step", "meadow.EnterReply"],
      ...["the list is empty", "one member for each name", "a Map of"],
    ],
  },
  "connect and one service, with compression": {
    bytes: 17_000,
    source: `export { connect } from "${generated}/index.ts"; export * as chat from "${generated}/meadow/chat.service.ts"; export { deflate } from "./clients/typescript/src/compression/deflate.ts";`,
    shaken: ["meadow.Meadow.", "node:zlib"],
  },
  "connect and the largest service": {
    bytes: 16_550,
    source: `export { connect } from "${generated}/index.ts"; export * as meadow from "${generated}/meadow/meadow.service.ts";`,
    shaken: ["meadow.Chat.", "meadow.Login.", "meadow.Saying", "meadow.SignInReply"],
  },
  "connect and one call": {
    bytes: 15_650,
    source: `
      import { connect } from "${generated}/index.ts";
      import * as login from "${generated}/meadow/login.service.ts";
      export const play = async () => login.echo(await connect("wss://play.example"), new Uint8Array(1));`,
    shaken: ["meadow.Login.SignIn", "meadow.SignIn", "meadow.Meadow.", "meadow.Chat."],
  },
  "connect and all services": {
    bytes: 17_150,
    source: `
      export { Connection, isPhotinusError, PhotinusError } from "@photinus/client";
      export { connect } from "${generated}/index.ts";
      export * as chat from "${generated}/meadow/chat.service.ts";
      export * as login from "${generated}/meadow/login.service.ts";
      export * as meadow from "${generated}/meadow/meadow.service.ts";`,
    shaken: ["meadow.ChatDesk", "meadow.Players"],
  },
  // Beside "connect and all services": curve, ciphers and hash come with it, and with nothing else.
  "the cipher": {
    bytes: 25_000,
    source: 'export { cipher } from "@photinus/client/cipher";',
    shaken: ["the client's welcome", "meadow.", "secp256k1", "argon2"],
  },
  // With its own code, which paints and listens.
  "the example's page": {
    bytes: 28_500,
    source: 'import "./clients/web/src/main.ts";',
    shaken: ["meadow.Login.Echo", "meadow.ChatDesk"],
  },
} as const;

describe.each(Object.keys(bundlers))("bundled by %s", (bundler) => {
  it.each(Object.entries(budgets))("%s is small, and nothing else comes with it", async (name, budget) => {
    const code = await bundlers[bundler]!(budget.source);
    const bytes = gzipped(code);
    console.log(`${name}, by ${bundler}: ${bytes} bytes of ${budget.bytes}`);
    expect(bytes).toBeGreaterThan(300);
    expect(bytes).toBeLessThanOrEqual(budget.bytes);
    expect(budget.shaken.filter((text) => code.includes(text))).toEqual([]);
  });

  it("a service has all of its calls, and of a message only the half that is used", async () => {
    const code = await bundlers[bundler]!(budgets["connect and one service"].source);
    for (const call of ["Say", "Said", "Crowd"]) expect(code).toContain(`meadow.Chat.${call}`);
    // A client sends Saying and gets Line: nothing reads the one or makes the other.
    expect(code.split("saidAt").length).toBeLessThan(4);
  });
});
