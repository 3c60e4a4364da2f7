import { Motion, type Place } from "./motion.ts";

/** A firefly as it is shown. */
export interface Bug {
  readonly id: bigint;
  readonly name: string;
  readonly hue: number;
  /** Where it is shown now. */
  readonly shown: Place;
  /** The way it came, oldest first: x, y, x, y ... */
  readonly trail: number[];
  readonly motion: Motion;
  /** When it came into view, and when it lit up last; milliseconds of `performance.now()`. */
  readonly bornMs: number;
  flashedMs: number;
  /** How often it has lit up since it came into view. */
  flashes: number;
  saying: { readonly text: string; readonly untilMs: number } | undefined;
  /** Makes each hover in a way of its own. */
  readonly phase: number;
}

/** A light that goes out: of a flash, or of somebody who left. */
export interface Wave extends Place {
  readonly hue: number;
  readonly bornMs: number;
  readonly kind: "flash" | "gone";
}

/** Where most fireflies will be, as the server forecast it. */
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
/** A trail shows the way of the last `trailMs`, a point of it at most every `trailPointMs`. */
const trailMs = 800;
const trailPointMs = 28;
/** How quickly one's own firefly follows the pointer: the share of the way that is left after one second. */
const left = 0.0004;
const middle: Place = { x: 0.5, y: 0.5 };

/** What is in the meadow. It knows nothing of network and canvas. */
export class World {
  readonly bugs = new Map<bigint, Bug>();
  waves: Wave[] = [];
  gathering: Gathering | undefined;
  /** Where the player wants to be. */
  readonly target: Place = { x: 0.5, y: 0.5 };
  #selfId: bigint | undefined;
  #movedMs = 0;
  #trailedMs = 0;

  get self(): Bug | undefined {
    return this.#selfId === undefined ? undefined : this.bugs.get(this.#selfId);
  }

  /** Begins anew with those who are there. */
  reset(selfId: bigint | undefined, newcomers: readonly Newcomer[], nowMs: number): void {
    this.bugs.clear();
    this.waves = [];
    this.gathering = undefined;
    this.#selfId = selfId;
    for (const newcomer of newcomers) this.add(newcomer, nowMs);
    const { self } = this;
    if (self) Object.assign(this.target, self.shown);
  }

  /** Goes on with those who are there: who is not any more goes, who is new comes, the others stay where they are shown. */
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
    // One's own steps come back as well: they are shown already.
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

  /** Moves everything to where it is shown now. */
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
