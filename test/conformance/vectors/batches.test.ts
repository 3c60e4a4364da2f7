import { expect, test } from "vitest";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { kind } from "../../../runtime/wire/session/envelope.ts";
import { FakeServer, settled } from "../../unit/client/fake-server.ts";
import { fromHex, loadVectors, toHex } from "./load.ts";

interface BatchVector {
  readonly name: string;
  /** Number in the envelope. */
  readonly sequence: number;
  readonly hex: string;
  /** Numbers and bodies of the pushes. A client hears a push with a number that it has had only once. */
  readonly pushes: readonly (readonly [number: number, body: string])[];
  readonly illegal?: true;
}

test.each(loadVectors<BatchVector>("batches.json"))("batches.json: $name", async (vector) => {
  const server = new FakeServer();
  const connection = await server.connect({ reconnect: false });
  const heard: string[] = [];
  connection.onPush({ id: 7, name: "test.Raw", body: raw }, (body) => heard.push(toHex(body)));
  server.peer.send(kind.batch, 7, vector.sequence, raw, fromHex(vector.hex));
  await settled();
  expect(heard).toEqual(vector.pushes.map(([, body]) => body));
  expect(connection.state).toBe(vector.illegal ? "closed" : "open");
});
