import { Motion, type Place } from "./motion.ts";

/** A firefly as shown. */
export interface Bug {
  readonly id: bigint;
  readonly name: string;
  readonly hue: number;
  /** Place where the firefly is shown now. */
  readonly shown: Place;
  /** Recent places, oldest first: x, y, x, y ... */
  readonly trail: number[];
  readonly motion: Motion;
  /** Time of its appearance and of its last flash, in ms of `performance.now()`. */
  readonly bornMs: number;
  flashedMs: number;
  /** Number of flashes since it appeared. */
  flashes: number;
  saying: { readonly text: string; readonly untilMs: number } | undefined;
  /** Phase of its hovering, so that no two fireflies move alike. */
  readonly phase: number;
}

/** A fading light: of a flash, or of a player who has left. */
export interface Wave extends Place {
  readonly hue: number;
  readonly bornMs: number;
  readonly kind: "flash" | "gone";
}

/** Place where most fireflies will be, as forecast by the server. */
export interface Gathering extends Place {
  readonly confidence: number;
  readonly bornMs: number;
}

export interface Newcomer {
  readonly id: bigint;
  readonly name: string;
  readonly hue: number;
  readonly position: Place | undefined;
}

export const waveMs = 1_400;
export const gatheringMs = 9_000;
const sayingMs = 6_000;
/** Length of a trail, in ms, and least time between two of its points. */
const trailMs = 800;
const trailPointMs = 28;
/** Share of the distance to the pointer that is left after one second. */
const left = 0.0004;
const middle: Place = { x: 0.5, y: 0.5 };

/** Content of the meadow, independent of network and canvas. */
export class World {
  readonly bugs = new Map<bigint, Bug>();
  waves: Wave[] = [];
  gathering: Gathering | undefined;
  /** Place that the player moves to. */
  readonly target: Place = { x: 0.5, y: 0.5 };
  #selfId: bigint | undefined;
  #movedMs = 0;
  #trailedMs = 0;

  get self(): Bug | undefined {
    return this.#selfId === undefined ? undefined : this.bugs.get(this.#selfId);
  }

  /** Resets the world to the fireflies that are there. */
  reset(selfId: bigint | undefined, newcomers: readonly Newcomer[], nowMs: number): void {
    this.bugs.clear();
    this.waves = [];
    this.gathering = undefined;
    this.#selfId = selfId;
    for (const newcomer of newcomers) this.add(newcomer, nowMs);
    const { self } = this;
    if (self) Object.assign(this.target, self.shown);
  }

  /** Updates the world to a new list of fireflies: removes missing ones, adds new ones, keeps the others in place. */
  refresh(there: readonly Newcomer[], nowMs: number): void {
    const ids = new Set(there.map(({ id }) => id));
    for (const id of [...this.bugs.keys()]) if (!ids.has(id)) this.remove(id, nowMs);
    for (const newcomer of there) if (!this.bugs.has(newcomer.id)) this.add(newcomer, nowMs);
  }

  add({ id, name, hue, position }: Newcomer, nowMs: number): void {
    const { x, y } = position ?? middle;
    this.bugs.set(id, {
      id,
      name,
      hue,
      shown: { x, y },
      trail: [],
      motion: new Motion({ x, y }, nowMs),
      bornMs: nowMs,
      flashedMs: Number.NEGATIVE_INFINITY,
      flashes: 0,
      saying: undefined,
      phase: (Number(id % 1000n) * 2.399) % (2 * Math.PI),
    });
  }

  remove(id: bigint, nowMs: number): void {
    const bug = this.bugs.get(id);
    if (!bug) return;
    this.bugs.delete(id);
    this.waves.push({ ...bug.shown, hue: bug.hue, bornMs: nowMs, kind: "gone" });
  }

  move(id: bigint, place: Place, nowMs: number): void {
    // The player's own steps are shown already.
    if (id !== this.#selfId) this.bugs.get(id)?.motion.add(place, nowMs);
  }

  flash(id: bigint, nowMs: number): void {
    const bug = this.bugs.get(id);
    if (!bug) return;
    bug.flashedMs = nowMs;
    bug.flashes++;
    this.waves.push({ ...bug.shown, hue: bug.hue, bornMs: nowMs, kind: "flash" });
  }

  say(id: bigint, text: string, nowMs: number): void {
    const bug = this.bugs.get(id);
    if (bug) bug.saying = { text, untilMs: nowMs + sayingMs };
  }

  forecast(place: Place, confidence: number, nowMs: number): void {
    this.gathering = { ...place, confidence, bornMs: nowMs };
  }

  /** Moves all fireflies to their current places. */
  step(nowMs: number): void {
    const { self } = this;
    const passedMs = Math.min(nowMs - this.#movedMs, 100);
    this.#movedMs = nowMs;
    const sinceMs = nowMs - this.#trailedMs;
    const trails = sinceMs >= trailPointMs;
    if (trails) this.#trailedMs = nowMs;
    const points = Math.max(3, Math.round(trailMs / sinceMs));
    for (const bug of this.bugs.values()) {
      if (bug === self) follow(bug.shown, this.target, 1 - left ** (passedMs / 1000));
      else bug.motion.at(nowMs, bug.shown);
      if (trails) extend(bug.trail, bug.shown, points);
      if (bug.saying && bug.saying.untilMs < nowMs) bug.saying = undefined;
    }
    this.waves = this.waves.filter((wave) => nowMs - wave.bornMs < waveMs);
    if (this.gathering && nowMs - this.gathering.bornMs > gatheringMs) this.gathering = undefined;
  }
}

function extend(trail: number[], place: Place, points: number): void {
  trail.push(place.x, place.y);
  if (trail.length > points * 2) trail.splice(0, trail.length - points * 2);
}

function follow(place: Place, target: Place, share: number): void {
  place.x += (target.x - place.x) * share;
  place.y += (target.y - place.y) * share;
}
