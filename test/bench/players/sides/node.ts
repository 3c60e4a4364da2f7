/** Our side's game, as a user writes it: `node.ts LINK_PORT`. Each move is pushed to the others of the scene by a call of its own. */
import type { PushTarget } from "photinus";
import * as scene from "../../game/fixtures/server/bench/scene.service.ts";
import type { Place } from "../../game/fixtures/server/scene.messages.ts";
import { openNode } from "../../game/open-node.ts";
import { serveParent, tellParent } from "../../harness/children.ts";

/** The push of a move. A push that waits for a tick is chosen here. */
const pushMoved: (target: PushTarget, place: Place) => void = scene.pushMoved;

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
