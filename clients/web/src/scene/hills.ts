import type { Look } from "../meadows.ts";
import { chanceOf } from "./chance.ts";
import { type Size, sheet } from "./sheet.ts";

interface Ridge {
  readonly canvas: HTMLCanvasElement;
  /** Parallax of the ridge, in shares of the camera's shift. */
  readonly depth: number;
}

/** Extra width on both sides, in shares of the page's width, so that a ridge can move. */
const spare = 0.05;
/** Share of the height above which there are no hills, so nothing is painted. */
const skyline = 0.46;

/** Hills, trees and mist behind the meadow. Painted once; then only moved. */
export class Hills {
  readonly #size: Size;
  readonly #ridges: readonly Ridge[];
  readonly #mist: HTMLCanvasElement;

  constructor(look: Look, size: Size) {
    this.#size = size;
    const tops = [0.63, 0.7, 0.775];
    this.#ridges = look.hills.map((colour, i) => ({
      canvas: paintRidge(look, size, i, tops[i]!, colour),
      depth: 0.25 + i * 0.22,
    }));
    this.#mist = paintMist(look.haze);
  }

  paint(ctx: CanvasRenderingContext2D, nowMs: number, shiftX: number): void {
    const { width, height } = this.#size;
    this.#ridges.forEach(({ canvas, depth }, i) => {
      const left = shiftX * depth - width * spare;
      ctx.drawImage(canvas, left, height * skyline, width * (1 + 2 * spare), height * (1 - skyline));
      const drift = Math.sin(nowMs * 0.00005 * (i + 1) + i * 2) * width * 0.08;
      ctx.globalAlpha = 0.5 - i * 0.1;
      ctx.drawImage(this.#mist, drift - width * 0.25, height * (0.6 + i * 0.07), width * 1.5, height * 0.2);
      ctx.globalAlpha = 1;
    });
  }
}

function paintRidge(look: Look, size: Size, index: number, top: number, colour: string): HTMLCanvasElement {
  const width = size.width * (1 + 2 * spare);
  const { height } = size;
  const { canvas, ctx } = sheet(width * size.scale, height * (1 - skyline) * size.scale);
  ctx.scale(size.scale, size.scale);
  ctx.translate(0, -height * skyline);
  const chance = chanceOf(look.seed * 101 + index * 17);
  const waves = [1.1, 2.3, 4.7, 9.1].map((times) => ({
    times,
    phase: chance() * 7,
    high: (0.045 / times) * (0.7 + chance()),
  }));
  const yAt = (x: number): number => {
    let y = top;
    for (const wave of waves) y += Math.sin((x / width) * Math.PI * wave.times + wave.phase) * wave.high;
    return y * height;
  };
  const fill = ctx.createLinearGradient(0, height * (top - 0.1), 0, height);
  fill.addColorStop(0, colour);
  fill.addColorStop(1, look.grass[0]);
  ctx.fillStyle = fill;
  ctx.beginPath();
  ctx.moveTo(0, height);
  for (let x = 0; x <= width; x += 4) ctx.lineTo(x, yAt(x));
  ctx.lineTo(width, yAt(width));
  ctx.lineTo(width, height);
  ctx.fill();
  if (index > 0) paintTrees(ctx, look, index, width, height, yAt, chance);
  return canvas;
}

function paintTrees(
  ctx: CanvasRenderingContext2D,
  look: Look,
  index: number,
  width: number,
  height: number,
  yAt: (x: number) => number,
  chance: () => number,
): void {
  ctx.fillStyle = look.hills[index]!;
  // Trees stand in groups, more of them at the sides, so that the middle of the meadow is open.
  const groups = index === 1 ? 9 : 6;
  for (let group = 0; group < groups; group++) {
    const side = chance() < 0.5 ? chance() ** 1.6 * 0.4 : 1 - chance() ** 1.6 * 0.4;
    const count = 2 + Math.floor(chance() * 5);
    for (let i = 0; i < count; i++) {
      const x = (side + (chance() - 0.5) * 0.09) * width;
      const tall = height * (index === 1 ? 0.035 : 0.075) * (0.6 + chance() * 0.9);
      if (look.trees === "pine") paintPine(ctx, x, yAt(x) + 3, tall * 1.25, chance);
      else paintRoundTree(ctx, x, yAt(x) + 3, tall, chance);
    }
  }
}

function paintPine(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  tall: number,
  chance: () => number,
): void {
  const tiers = 6;
  ctx.beginPath();
  ctx.moveTo(x, y - tall);
  const half = tall * (0.17 + 0.05 * chance());
  for (let tier = 1; tier <= tiers; tier++) {
    const share = tier / tiers;
    ctx.lineTo(x + half * share * (0.85 + 0.3 * chance()), y - tall * (1 - share * 0.93));
    if (tier < tiers) ctx.lineTo(x + half * share * 0.5, y - tall * (1 - share * 0.93) - tall * 0.015);
  }
  for (let tier = tiers; tier >= 1; tier--) {
    const share = tier / tiers;
    ctx.lineTo(x - half * share * (0.85 + 0.3 * chance()), y - tall * (1 - share * 0.93));
    ctx.lineTo(x - half * share * 0.5, y - tall * (1 - (share - 1 / tiers) * 0.93) + tall * 0.06);
  }
  ctx.fill();
  ctx.fillRect(x - tall * 0.015, y - tall * 0.1, tall * 0.03, tall * 0.12);
}

function paintRoundTree(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  tall: number,
  chance: () => number,
): void {
  ctx.beginPath();
  ctx.moveTo(x - tall * 0.045, y);
  ctx.quadraticCurveTo(x - tall * 0.01, y - tall * 0.3, x - tall * 0.02, y - tall * 0.6);
  ctx.lineTo(x + tall * 0.02, y - tall * 0.6);
  ctx.quadraticCurveTo(x + tall * 0.01, y - tall * 0.3, x + tall * 0.05, y);
  ctx.fill();
  for (let i = 0; i < 11; i++) {
    const angle = chance() * Math.PI * 2;
    const away = Math.sqrt(chance()) * tall * 0.28;
    const radius = tall * (0.1 + 0.12 * chance());
    ctx.beginPath();
    ctx.arc(
      x + Math.cos(angle) * away,
      y - tall * 0.68 + Math.sin(angle) * away * 0.85,
      radius,
      0,
      Math.PI * 2,
    );
    ctx.fill();
  }
}

function paintMist(haze: string): HTMLCanvasElement {
  const { canvas, ctx } = sheet(256, 64);
  ctx.scale(1, 0.25);
  const soft = ctx.createRadialGradient(128, 128, 0, 128, 128, 128);
  soft.addColorStop(0, `rgba(${haze},0.3)`);
  soft.addColorStop(0.5, `rgba(${haze},0.12)`);
  soft.addColorStop(1, `rgba(${haze},0)`);
  ctx.fillStyle = soft;
  ctx.fillRect(0, 0, 256, 256);
  return canvas;
}
