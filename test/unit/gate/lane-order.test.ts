import { expect, test } from "vitest";
import { text } from "../../integration/gate/raw-client.ts";
import { commands } from "../../integration/gate/schema.ts";
import { type HeldNode, Rig, settle } from "./rig.ts";

/** Two nodes of one role, and two letters whose hash names the first and the second of them. */
async function nodesAndLetters(rig: Rig): Promise<[HeldNode, HeldNode, string, string]> {
  const nodes = [await rig.node("probe-1"), await rig.node("probe-2")] as const;
  // One request of each client, since a lane that goes to the other node waits.
  for (const letter of "abcdefgh") void (await rig.client()).request(commands.hashed.id, text(letter));
  await settle();
  const [first = "", second = ""] = nodes.map(({ bodies }) => bodies[0]);
  for (const node of nodes) {
    node.answer();
    node.bodies.length = 0;
  }
  await settle();
  return [...nodes, first, second];
}

test("a command that comes between the end of a node's link and the loss of its requests waits for these", async () => {
  const rig = new Rig({});
  const [lost, other, toLost, toOther] = await nodesAndLetters(rig);
  const client = await rig.client();
  void client.request(commands.lookHashed.id, text(`${toLost} 1`));
  await settle();
  expect(lost.bodies).toEqual([`${toLost} 1`]);
  void client.request(commands.hashed.id, text(`${toOther} 2`));
  client.transport.flushNow();
  // The link is closed now; its end is noticed after the arrival of the second request.
  lost.gateEnd.destroy("cut");
  await settle();
  expect(other.bodies).toEqual([]);
  const again = await rig.node("probe-1");
  await settle();
  expect(again.bodies).toEqual([`${toLost} 1`]);
  again.answer();
  await settle();
  expect(other.bodies).toEqual([`${toOther} 2`]);
});
