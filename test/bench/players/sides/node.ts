/** Our side's game, as a user writes it: `node.ts LINK_PORT TICK_MS`. Each move is pushed to the others of the scene by a call of its own. */
import type { PushTarget } from "photinus";
import * as scene from "../../game/fixtures/server/bench/scene.service.ts";
import type { Place } from "../../game/fixtures/server/scene.messages.ts";
import { openNode } from "../../game/open-node.ts";
import { serveParent, tellParent } from "../../harness/children.ts";
import { isPushTick, type PushTick } from "../move-pushes.ts";

const pushes: Readonly<Record<PushTick, (target: PushTarget, place: Place) => void>> = {
  0: scene.pushMoved,
  20: scene.pushMoved20,
  50: scene.pushMoved50,
  100: scene.pushMoved100,
};
const tickMs = Number(process.argv[3]);
if (!isPushTick(tickMs)) throw new Error(`no push of moves has a tick of ${tickMs} ms`);
const pushMoved = pushes[tickMs];

interface Membership {
  readonly id: number;
  readonly group: string;
}

const members = new Map<bigint, Membership>();

const service = scene.implement({
  async enter(entry, ctx) {
    await ctx.session.bind(BigInt(entry.player));
    const group = `scene:${entry.scene}`;
    ctx.session.join(group);
    members.set(ctx.userId, { id: entry.player, group });
    return entry;
  },
  move(step, ctx) {
    const member = members.get(ctx.userId);
    if (member === undefined) return;
    pushMoved(ctx.group(member.group).except(ctx.session), { id: member.id, ...step });
  },
  say({ text }, ctx) {
    const member = members.get(ctx.userId);
    if (member === undefined) return;
    scene.pushSaid(ctx.group(member.group), { id: member.id, text });
  },
});

const node = await openNode(Number(process.argv[2]), { service });
serveParent(async () => ({ counters: node.status().counters }));
tellParent({ ready: true });
