import { type Look, lookOf } from "../meadows.ts";
import type { World } from "../play/world.ts";
import { Glows } from "./glow.ts";
import { Grass } from "./grass.ts";
import { Hills } from "./hills.ts";
import { paintLabels } from "./labels.ts";
import { contextOf, type Size } from "./sheet.ts";
import { Sky } from "./sky.ts";
import { Swarm } from "./swarm.ts";

interface Scenery {
  readonly sky: Sky;
  readonly hills: Hills;
  readonly grass: Grass;
  readonly swarm: Swarm;
}

const finestScale = 2;
/** Average frame time, in ms, above which the picture is painted coarser. */
const slowFrameMs = 34;
const framesToJudge = 90;
/** Shift of the nearest layer when the player flies from one side to the other, in pixels. */
const parallax = 26;

/** Paints the meadow, frame by frame. */
export class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #ctx: CanvasRenderingContext2D;
  readonly #world: World;
  readonly #glows = new Glows();
  readonly #calm = matchMedia("(prefers-reduced-motion: reduce)");
  #look: Look = lookOf(1);
  #size: Size = { width: 1, height: 1, scale: 1 };
  #scenery: Scenery | undefined;
  #cameraX = 0.5;
  #finest = finestScale;
  #frames = 0;
  #countedFromMs = 0;

  constructor(canvas: HTMLCanvasElement, world: World) {
    this.#canvas = canvas;
    this.#ctx = contextOf(canvas);
    this.#world = world;
    new ResizeObserver(() => {
      this.#scenery = undefined;
    }).observe(canvas);
  }

  set meadow(meadowId: number) {
    this.#look = lookOf(meadowId);
    this.#scenery = undefined;
  }

  paint(nowMs: number): void {
    this.#judge(nowMs);
    const { sky, hills, grass, swarm } = this.#scene();
    const ctx = this.#ctx;
    const { width, height, scale } = this.#size;
    const calm = this.#calm.matches;
    const wanted = calm ? 0.5 : (this.#world.self?.shown.x ?? 0.5 + 0.25 * Math.sin(nowMs * 0.00012));
    this.#cameraX += (wanted - this.#cameraX) * 0.04;
    const shift = (0.5 - this.#cameraX) * parallax;
    ctx.setTransform(scale, 0, 0, scale, 0, 0);
    ctx.globalAlpha = 1;
    ctx.globalCompositeOperation = "source-over";
    sky.paint(ctx, nowMs, shift * 0.15, calm);
    hills.paint(ctx, nowMs, shift);
    swarm.paintFar(ctx, this.#glows, nowMs, shift, calm);
    grass.paint(ctx, this.#world, this.#glows, nowMs, shift, calm);
    swarm.paint(ctx, this.#world, this.#glows, nowMs);
    paintLabels(ctx, this.#world, { width, height, scale }, nowMs);
  }

  /** Lowers the resolution on a slow machine: a coarse picture that moves is better. */
  #judge(nowMs: number): void {
    if (this.#frames++ === 0) this.#countedFromMs = nowMs;
    if (this.#frames <= framesToJudge) return;
    const slow = (nowMs - this.#countedFromMs) / framesToJudge > slowFrameMs;
    this.#frames = 0;
    if (!slow || this.#size.scale <= 1 || document.hidden) return;
    this.#finest = 1;
    this.#scenery = undefined;
  }

  #scene(): Scenery {
    if (this.#scenery) return this.#scenery;
    const width = Math.max(1, this.#canvas.clientWidth);
    const height = Math.max(1, this.#canvas.clientHeight);
    const scale = Math.min(devicePixelRatio, this.#finest);
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    const size = { width, height, scale };
    const look = this.#look;
    this.#size = size;
    this.#scenery = {
      sky: new Sky(look, size),
      hills: new Hills(look, size),
      grass: new Grass(look, size),
      swarm: new Swarm(look.seed, size),
    };
    return this.#scenery;
  }
}
