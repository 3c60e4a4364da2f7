import { expect, test } from "vitest";
import chat from "../../../examples/meadow/chat.ts";
import * as chatDesk from "../../../generated/server/meadow/chat-desk.service.ts";
import * as meadowDesk from "../../../generated/server/meadow/meadow-desk.service.ts";
import { protocol } from "../../../generated/server/protocol.ts";
import { Gate } from "../../../runtime/gate/gate.ts";
import { GameNode } from "../../../runtime/node/node.ts";

test("a player who leaves while a meadow answers the roll does not come back by that answer", async () => {
  await using gate = await Gate.open({ name: "gate", protocol });
  const gates = [gate.linkAddress!];
  const mio = { playerId: 7n, name: "Mio", hue: 90, meadowId: 1 };
  const answered = Promise.withResolvers<void>();
  let isLate = false;
  await using meadow = await GameNode.open(
    (node) => [
      meadowDesk.implement({
        release() {},
        async residents({ meadowId }) {
          if (meadowId !== 1 || !isLate) return { known: false, players: [] };
          chatDesk.departed(node, { playerId: 7n, meadowId: 1 });
          // The answer shows that chat has handled the departure.
          expect((await chatDesk.roll(node, { meadowId: 1 })).players).toEqual([]);
          queueMicrotask(answered.resolve);
          return { known: true, players: [mio] };
        },
      }),
    ],
    { name: "meadow-1", role: "meadow", gates },
  );
  await using node = await GameNode.open(chat, { name: "chat-1", role: "chat", gates });
  await Promise.all([meadow.linked(), node.linked()]);
  await chatDesk.arrived(meadow, mio);
  expect((await chatDesk.roll(meadow, { meadowId: 1 })).players).toMatchObject([{ name: "Mio" }]);
  isLate = true;
  await answered.promise;
  isLate = false;
  // Two round trips: the answer comes before the second one.
  for (let n = 0; n < 2; n++) expect((await chatDesk.roll(meadow, { meadowId: 1 })).players).toEqual([]);
});
