import { type CommandContext, defineNode, fail, heavy, isPhotinusError, type Session } from "photinus";
import * as chatDesk from "../../generated/server/meadow/chat-desk.service.ts";
import type { PlayerProfile } from "../../generated/server/meadow/login.messages.ts";
import type {
  Firefly,
  ForecastReply,
  ForecastRequest,
  Position,
} from "../../generated/server/meadow/meadow.messages.ts";
import * as meadow from "../../generated/server/meadow/meadow.service.ts";
import * as meadowDesk from "../../generated/server/meadow/meadow-desk.service.ts";
import * as players from "../../generated/server/meadow/players.service.ts";
import { Memory } from "./memory.ts";
import { meadowCapacity, meadowGroup, meadowIds, rechargeMs } from "./rules.ts";

/** A firefly in one of this node's meadows. */
interface Resident {
  readonly firefly: Firefly;
  /**
   * Session whose end removes the resident; undefined after a restart of this node until the player's next command.
   */
  session: Session | undefined;
  litAt: number;
  /** Distance flown since the last save. */
  flown: number;
}

/** A meadow of this node. */
interface Place {
  readonly residents: Map<bigint, Resident>;
  /** Settles when the players from before this node's start are restored; undefined before the first request. */
  restored: Promise<void> | undefined;
  known: boolean;
}

/** Interval of saving the fireflies' places, in ms: a killed node loses no more than this. */
const keepEveryMs = 1_000;
/** Time after a restart within which a restored resident must send a command, in ms; then the resident has left. */
const claimMs = 5_000;

/**
 * Runs the meadows whose ids hash to this node, with their players in memory. Chat keeps track of the players as well,
 * so that each restores its state from the other after a restart.
 */
export default defineNode((node) => {
  const places = new Map<number, Place>(
    meadowIds.map((id) => [id, { residents: new Map(), restored: undefined, known: false }]),
  );
  const memory = new Memory(node);
  const claims = new Set<NodeJS.Timeout>();

  /** Returns the residents of a meadow. Throws NOT_FOUND for an unknown meadow. */
  async function residentsOf(meadowId: number): Promise<Map<bigint, Resident>> {
    const place = places.get(meadowId);
    if (!place) throw fail("NOT_FOUND", `there is no meadow ${meadowId}; there are ${meadowIds.join(", ")}`);
    if (!place.known) {
      place.restored ??= restore(meadowId, place).finally(() => {
        place.restored = undefined;
      });
      await place.restored;
    }
    return place.residents;
  }

  async function restore(meadowId: number, place: Place): Promise<void> {
    const roll = await chatDesk.roll(node, { meadowId });
    const residents = roll.players.map((player) => recall(player, meadowId, undefined));
    for (const resident of await Promise.all(residents)) place.residents.set(resident.firefly.id, resident);
    place.known = true;
    const claimed = setTimeout(() => {
      claims.delete(claimed);
      for (const { firefly, session } of [...place.residents.values()]) {
        if (session === undefined) depart(meadowId, firefly.id);
      }
    }, claimMs);
    claims.add(claimed);
  }

  /** Creates a resident for a player, at the last place of its firefly. */
  async function recall(
    { playerId: id, name, hue }: PlayerProfile,
    meadowId: number,
    session: Session | undefined,
  ): Promise<Resident> {
    const { x, y } = await memory.recall(id, meadowId);
    return { firefly: { id, name, hue, position: { x, y } }, session, litAt: 0, flown: 0 };
  }

  async function keep(meadowId: number, resident: Resident): Promise<void> {
    const { flown, firefly } = resident;
    if (flown === 0 || firefly.position === undefined) return;
    resident.flown = 0;
    try {
      await memory.flew(firefly.id, meadowId, firefly.position, flown);
    } catch (error) {
      resident.flown += flown;
      node.log.warn({ err: error, player: firefly.id }, "saving a flight failed");
    }
  }

  async function keepAll(): Promise<void> {
    const kept = [...places].flatMap(([id, { residents }]) =>
      [...residents.values()].map((one) => keep(id, one)),
    );
    await Promise.all(kept);
  }

  /** Moves the caller into a meadow, out of the former one. */
  async function admit(meadowId: number, ctx: CommandContext): Promise<Resident> {
    const residents = await residentsOf(meadowId);
    const known = residents.get(ctx.userId);
    if (known) {
      known.session = ctx.session;
      ctx.session.join(meadowGroup(meadowId));
      return known;
    }
    if (residents.size >= meadowCapacity) throw fail("RESOURCE_EXHAUSTED", `meadow ${meadowId} is full`);

    const profile = await profileOf(ctx);
    const { formerMeadowId } = await chatDesk.arrived(ctx, { ...profile, meadowId });
    if (formerMeadowId !== 0 && formerMeadowId !== meadowId) {
      ctx.session.leave(meadowGroup(formerMeadowId));
      meadowDesk.release(ctx, { meadowId: formerMeadowId, playerId: ctx.userId });
    }
    const resident = await recall(profile, meadowId, ctx.session);
    residents.set(ctx.userId, resident);
    ctx.session.join(meadowGroup(meadowId));
    meadow.pushEntered(ctx.group(meadowGroup(meadowId)).except(ctx.session), resident.firefly);
    return resident;
  }

  /** Returns the caller as a resident; a caller that has not entered is admitted. */
  async function residentOf(meadowId: number, ctx: CommandContext): Promise<Resident> {
    const resident = (await residentsOf(meadowId)).get(ctx.userId);
    return resident?.session === ctx.session ? resident : admit(meadowId, ctx);
  }

  /** Removes a player from a meadow; has no effect for a player that is not there. */
  function release(meadowId: number, playerId: bigint): void {
    const residents = places.get(meadowId)?.residents;
    const resident = residents?.get(playerId);
    if (!residents?.delete(playerId) || !resident) return;
    void keep(meadowId, resident);
    meadow.pushLeft(node.group(meadowGroup(meadowId)), { fireflyId: playerId });
  }

  /** Removes a player who has left the game. */
  function depart(meadowId: number, playerId: bigint): void {
    release(meadowId, playerId);
    chatDesk.departed(node, { playerId, meadowId });
  }

  const keepTimer = setInterval(() => void keepAll(), keepEveryMs);
  node.onStop(() => {
    clearInterval(keepTimer);
    for (const claimed of claims) clearTimeout(claimed);
    return keepAll();
  });

  node.onSessionEnd((session) => {
    const playerId = session.userId;
    for (const meadowId of meadowIds) {
      // A player who has reconnected stays with the newer session.
      if (places.get(meadowId)?.residents.get(playerId)?.session !== session) continue;
      depart(meadowId, playerId);
    }
  });

  return [
    meadow.implement({
      async enter({ meadowId }, ctx) {
        await admit(meadowId, ctx);
        const fireflies = [...(await residentsOf(meadowId)).values()].map(({ firefly }) => firefly);
        return { fireflies, node: node.name };
      },

      async move({ meadowId, position }, ctx) {
        const resident = await residentOf(meadowId, ctx);
        const from = resident.firefly.position;
        const to = inside(position);
        resident.firefly.position = to;
        if (from) resident.flown += Math.hypot(to.x - from.x, to.y - from.y);
        meadow.pushMoved(ctx.group(meadowGroup(meadowId)).except(ctx.session), {
          fireflyId: ctx.userId,
          position: to,
        });
      },

      async flash({ meadowId }, ctx) {
        const resident = await residentOf(meadowId, ctx);
        const now = performance.now();
        const waitMs = Math.ceil(resident.litAt + rechargeMs - now);
        if (resident.litAt > 0 && waitMs > 0) {
          throw fail("FAILED_PRECONDITION", `the light recharges for ${waitMs} ms more`, {
            retryAfterMs: waitMs,
          });
        }
        resident.litAt = now;
        meadow.pushFlashed(ctx.group(meadowGroup(meadowId)), { fireflyId: ctx.userId });
        return { rechargeMs, ...(await memory.flashed(ctx.userId, meadowId, resident.firefly.name)) };
      },

      forecast: heavy<ForecastRequest, ForecastReply>(new URL("./forecast.ts", import.meta.url)),
    }),

    meadowDesk.implement({
      release({ meadowId, playerId }) {
        release(meadowId, playerId);
      },

      residents({ meadowId }) {
        const place = places.get(meadowId);
        const players = [...(place?.residents.values() ?? [])].map(({ firefly: { id, name, hue } }) => ({
          playerId: id,
          name,
          hue,
          meadowId,
        }));
        return { known: place?.known ?? false, players };
      },
    }),
  ];
});

/**
 * Returns the caller's profile. Throws UNAUTHENTICATED for a player that login does not know: then the session is still
 * bound, but has no name.
 */
async function profileOf(ctx: CommandContext): Promise<PlayerProfile> {
  try {
    return await players.profile(ctx, { playerId: ctx.userId });
  } catch (error) {
    if (!isPhotinusError(error) || error.code !== "NOT_FOUND") throw error;
    throw fail("UNAUTHENTICATED", "the server does not know your name; sign in again");
  }
}

/** Clamps a place to the meadow; an invalid place becomes the middle. */
function inside(position: Position | undefined): Position {
  const clamp = (value: number) => (Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0.5);
  return { x: clamp(position?.x ?? 0.5), y: clamp(position?.y ?? 0.5) };
}
