import type { Bug } from "../play/world.ts";
import { sheet } from "./sheet.ts";

const flashMs = 1_100;
const bornMs = 900;

/**
 * Returns the brightness of a firefly: about 0.5 .. 1 while it breathes, up to 2.6 in a flash, rising from 0 when it
 * appears.
 */
export function brightness(bug: Bug, nowMs: number): number {
  const breath = 0.78 + 0.2 * Math.sin(nowMs * 0.0021 + bug.phase);
  const since = (nowMs - bug.flashedMs) / flashMs;
  const flash = since < 1 ? (1 - since) ** 2 * 1.7 : 0;
  return breath * Math.min(1, (nowMs - bug.bornMs) / bornMs) + flash;
}

/** Images of light, one for each colour, painted at first use. */
export class Glows {
  readonly #lamps = new Map<number, HTMLCanvasElement>();
  readonly #softs = new Map<number, HTMLCanvasElement>();

  /** Image of a firefly: white in the middle, coloured around. */
  lamp(hue: number): HTMLCanvasElement {
    return cached(this.#lamps, hue, () =>
      radial(128, [
        [0, "rgba(255,255,255,1)"],
        [0.05, `hsla(${hue},100%,92%,1)`],
        [0.11, `hsla(${hue},100%,72%,.85)`],
        [0.22, `hsla(${hue},95%,60%,.36)`],
        [0.5, `hsla(${hue},90%,52%,.1)`],
        [1, `hsla(${hue},90%,50%,0)`],
      ]),
    );
  }

  /** Image of the light that a firefly casts on its surroundings. */
  soft(hue: number): HTMLCanvasElement {
    return cached(this.#softs, hue, () =>
      radial(96, [
        [0, `hsla(${hue},80%,62%,.9)`],
        [0.35, `hsla(${hue},75%,50%,.4)`],
        [1, `hsla(${hue},70%,45%,0)`],
      ]),
    );
  }
}

function cached(
  of: Map<number, HTMLCanvasElement>,
  hue: number,
  paint: () => HTMLCanvasElement,
): HTMLCanvasElement {
  let found = of.get(hue);
  if (!found) {
    found = paint();
    of.set(hue, found);
  }
  return found;
}

function radial(radius: number, stops: readonly (readonly [number, string])[]): HTMLCanvasElement {
  const { canvas, ctx } = sheet(radius * 2, radius * 2);
  const light = ctx.createRadialGradient(radius, radius, 0, radius, radius, radius);
  for (const [at, colour] of stops) light.addColorStop(at, colour);
  ctx.fillStyle = light;
  ctx.fillRect(0, 0, radius * 2, radius * 2);
  return canvas;
}
