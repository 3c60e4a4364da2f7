import { type CommandContext, defineNode, fail, heavy } from "photinus";
import {
  chatDesk,
  type Firefly,
  type ForecastReply,
  type ForecastRequest,
  meadow,
  meadowDesk,
  type Position,
  players,
  pushEntered,
  pushFlashed,
  pushLeft,
  pushMoved,
} from "../../generated/server/index.ts";
import { meadowCapacity, meadowGroup, meadowIds, rechargeMs } from "./rules.ts";

/** A firefly in one of this node's meadows. */
interface Resident {
  readonly firefly: Firefly;
  readonly meadowId: number;
  litAt: number;
}

/** The meadows whose ids hash to this node; who is in them lives in this node's memory. */
export default defineNode((node) => {
  const meadows = new Map(meadowIds.map((id) => [id as number, new Map<bigint, Resident>()]));

  function residentsOf(meadowId: number): Map<bigint, Resident> {
    const residents = meadows.get(meadowId);
    if (!residents)
      throw fail("NOT_FOUND", `there is no meadow ${meadowId}; there are ${meadowIds.join(", ")}`);
    return residents;
  }

  /** Brings the caller into a meadow, and out of the one before. */
  async function admit(meadowId: number, ctx: CommandContext): Promise<Resident> {
    const residents = residentsOf(meadowId);
    const known = residents.get(ctx.userId);
    if (known) return known;
    if (residents.size >= meadowCapacity) throw fail("RESOURCE_EXHAUSTED", `meadow ${meadowId} is full`);

    const profile = await players.profile(ctx, { playerId: ctx.userId });
    const { formerMeadowId } = await chatDesk.arrived(ctx, {
      playerId: ctx.userId,
      name: profile.name,
      meadowId,
    });
    if (formerMeadowId !== 0 && formerMeadowId !== meadowId) {
      ctx.session.leave(meadowGroup(formerMeadowId));
      meadowDesk.release(ctx, { meadowId: formerMeadowId, playerId: ctx.userId });
    }
    const position = { x: 0.2 + 0.6 * Math.random(), y: 0.3 + 0.4 * Math.random() };
    const firefly = { id: ctx.userId, name: profile.name, hue: profile.hue, position };
    const resident = { firefly, meadowId, litAt: 0 };
    residents.set(ctx.userId, resident);
    ctx.session.join(meadowGroup(meadowId));
    pushEntered(ctx.group(meadowGroup(meadowId)).except(ctx.session), firefly);
    return resident;
  }

  /** Takes a player out of a meadow; says whether it was there. */
  function release(meadowId: number, playerId: bigint): boolean {
    if (!meadows.get(meadowId)?.delete(playerId)) return false;
    pushLeft(node.group(meadowGroup(meadowId)), { fireflyId: playerId });
    return true;
  }

  node.onSessionEnd(({ userId }) => {
    for (const meadowId of meadowIds) {
      if (release(meadowId, userId)) chatDesk.departed(node, { playerId: userId, meadowId });
    }
  });

  return [
    meadow.implement({
      async enter({ meadowId }, ctx) {
        await admit(meadowId, ctx);
        const fireflies = [...residentsOf(meadowId).values()].map((resident) => resident.firefly);
        return { fireflies, node: node.name };
      },

      async move({ meadowId, position }, ctx) {
        const resident = residentsOf(meadowId).get(ctx.userId) ?? (await admit(meadowId, ctx));
        resident.firefly.position = inside(position);
        pushMoved(ctx.group(meadowGroup(meadowId)).except(ctx.session), {
          fireflyId: ctx.userId,
          position: resident.firefly.position,
        });
      },

      async flash({ meadowId }, ctx) {
        const resident = residentsOf(meadowId).get(ctx.userId) ?? (await admit(meadowId, ctx));
        const now = performance.now();
        const waitMs = Math.ceil(resident.litAt + rechargeMs - now);
        if (resident.litAt > 0 && waitMs > 0) {
          throw fail("FAILED_PRECONDITION", `the light recharges for ${waitMs} ms more`, {
            retryAfterMs: waitMs,
          });
        }
        resident.litAt = now;
        pushFlashed(ctx.group(meadowGroup(meadowId)), { fireflyId: ctx.userId });
        return { rechargeMs };
      },

      forecast: heavy<ForecastRequest, ForecastReply>(new URL("./forecast.ts", import.meta.url)),
    }),

    meadowDesk.implement({
      release({ meadowId, playerId }) {
        release(meadowId, playerId);
      },
    }),
  ];
});

/** The nearest place inside the meadow; the middle for a place that is none. */
function inside(position: Position | undefined): Position {
  const clamp = (value: number) => (Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0.5);
  return { x: clamp(position?.x ?? 0.5), y: clamp(position?.y ?? 0.5) };
}
