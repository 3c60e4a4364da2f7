import type { Look } from "../meadows.ts";
import { chanceOf } from "./chance.ts";
import { type Size, sheet } from "./sheet.ts";

interface Star {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly phase: number;
  readonly speed: number;
  readonly tint: string;
}

const starTints = ["255,255,255", "205,225,255", "255,236,214"];
const shootingEveryMs = 17_000;
const shootingMs = 900;

/** The night sky: its fixed part is painted once, some stars twinkle, and now and then one falls. */
export class Sky {
  readonly #look: Look;
  readonly #size: Size;
  readonly #still: HTMLCanvasElement;
  readonly #stars: readonly Star[];

  constructor(look: Look, size: Size) {
    this.#look = look;
    this.#size = size;
    const chance = chanceOf(look.seed);
    this.#still = this.#paintStill(chance);
    this.#stars = Array.from({ length: 90 }, () => starOf(chance));
  }

  paint(ctx: CanvasRenderingContext2D, nowMs: number, shiftX: number, calm: boolean): void {
    const { width, height } = this.#size;
    ctx.drawImage(this.#still, shiftX - width * 0.03, 0, width * 1.06, height);
    for (const star of this.#stars) {
      const twinkle = calm ? 0.8 : 0.55 + 0.45 * Math.sin(nowMs * star.speed + star.phase);
      ctx.fillStyle = `rgba(${star.tint},${(twinkle * 0.9).toFixed(2)})`;
      ctx.beginPath();
      ctx.arc(
        star.x * width + shiftX,
        star.y * height,
        star.radius * (0.75 + 0.35 * twinkle),
        0,
        Math.PI * 2,
      );
      ctx.fill();
    }
    if (!calm) this.#shootingStar(ctx, nowMs);
  }

  #shootingStar(ctx: CanvasRenderingContext2D, nowMs: number): void {
    const round = Math.floor(nowMs / shootingEveryMs);
    const share = (nowMs - round * shootingEveryMs) / shootingMs;
    if (share > 1 || round === 0) return;
    const chance = chanceOf(this.#look.seed * 31 + round);
    const { width, height } = this.#size;
    const x = (0.15 + 0.6 * chance() + 0.18 * share) * width;
    const y = (0.05 + 0.2 * chance() + 0.12 * share) * height;
    const light = ctx.createLinearGradient(x, y, x - width * 0.08, y - height * 0.055);
    light.addColorStop(0, `rgba(255,255,255,${Math.sin(Math.PI * share) * 0.9})`);
    light.addColorStop(1, "rgba(255,255,255,0)");
    ctx.strokeStyle = light;
    ctx.lineWidth = 1.6;
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.lineTo(x - width * 0.08, y - height * 0.055);
    ctx.stroke();
  }

  #paintStill(chance: () => number): HTMLCanvasElement {
    const { width: w, height: h, scale } = this.#size;
    const { canvas, ctx } = sheet(w * 1.06 * scale, h * scale);
    ctx.scale(scale, scale);
    const width = w * 1.06;
    const air = ctx.createLinearGradient(0, 0, 0, h * 0.85);
    const stops = [0, 0.38, 0.72, 1];
    for (const [i, colour] of this.#look.sky.entries()) air.addColorStop(stops[i]!, colour);
    ctx.fillStyle = air;
    ctx.fillRect(0, 0, width, h);
    paintMilkyWay(ctx, width, h, chance);
    this.#paintMoon(ctx, width, h);
    const horizon = ctx.createRadialGradient(width * 0.5, h * 0.78, 0, width * 0.5, h * 0.78, width * 0.6);
    horizon.addColorStop(0, `rgba(${this.#look.haze},0.22)`);
    horizon.addColorStop(1, `rgba(${this.#look.haze},0)`);
    ctx.fillStyle = horizon;
    ctx.fillRect(0, 0, width, h);
    return canvas;
  }

  #paintMoon(ctx: CanvasRenderingContext2D, width: number, height: number): void {
    const { moon } = this.#look;
    const x = moon.x * width;
    const y = moon.y * height;
    const radius = moon.radius * height;
    const halo = ctx.createRadialGradient(x, y, radius * 0.9, x, y, radius * 7);
    halo.addColorStop(0, `${moon.tint}55`);
    halo.addColorStop(0.25, `${moon.tint}1c`);
    halo.addColorStop(1, `${moon.tint}00`);
    ctx.fillStyle = halo;
    ctx.fillRect(x - radius * 7, y - radius * 7, radius * 14, radius * 14);
    const face = ctx.createRadialGradient(x - radius * 0.3, y - radius * 0.3, radius * 0.1, x, y, radius);
    face.addColorStop(0, "#ffffff");
    face.addColorStop(1, moon.tint);
    ctx.fillStyle = face;
    circle(ctx, x, y, radius);
    ctx.save();
    ctx.clip();
    ctx.fillStyle = "rgba(90,90,110,0.13)";
    circle(ctx, x + radius * 0.28, y - radius * 0.2, radius * 0.3);
    circle(ctx, x - radius * 0.35, y + radius * 0.22, radius * 0.22);
    circle(ctx, x + radius * 0.15, y + radius * 0.5, radius * 0.16);
    ctx.restore();
  }
}

function circle(ctx: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, Math.PI * 2);
  ctx.fill();
}

function starOf(chance: () => number): Star {
  return {
    x: chance(),
    y: chance() ** 1.4 * 0.62,
    radius: 0.45 + chance() ** 5 * 1.15,
    phase: chance() * Math.PI * 2,
    speed: 0.0006 + chance() * 0.0022,
    tint: starTints[Math.floor(chance() * starTints.length)]!,
  };
}

/** Paints a band of faint stars and soft clouds across the sky. */
function paintMilkyWay(
  ctx: CanvasRenderingContext2D,
  width: number,
  height: number,
  chance: () => number,
): void {
  const along = (share: number): [number, number] => [share * width, height * (0.5 - 0.42 * share)];
  ctx.globalCompositeOperation = "lighter";
  for (let i = 0; i < 150; i++) {
    const share = chance();
    const [x, middle] = along(share);
    const radius = height * (0.04 + 0.13 * chance() ** 2);
    const y = middle + (chance() + chance() + chance() - 1.5) * height * 0.13;
    // Strongest in the middle of the band, fading out at its ends.
    const alpha = (0.006 + 0.012 * chance()) * Math.sin(Math.PI * Math.min(1, share * 1.1));
    const cloud = ctx.createRadialGradient(x, y, 0, x, y, radius);
    cloud.addColorStop(0, `rgba(${chance() < 0.6 ? "150,175,225" : "200,165,210"},${alpha.toFixed(4)})`);
    cloud.addColorStop(0.5, `rgba(150,170,220,${(alpha * 0.45).toFixed(4)})`);
    cloud.addColorStop(1, "rgba(150,170,220,0)");
    ctx.fillStyle = cloud;
    ctx.fillRect(x - radius, y - radius, radius * 2, radius * 2);
  }
  for (let i = 0; i < 620; i++) {
    const inBand = chance() < 0.6;
    const [x, middle] = along(chance());
    const y = inBand
      ? middle + (chance() + chance() + chance() - 1.5) * height * 0.17
      : chance() ** 1.3 * height * 0.7;
    if (y < 0 || y > height * 0.74) continue;
    const fade = 1 - Math.max(0, y / height - 0.4) * 2.6;
    ctx.fillStyle = `rgba(225,232,255,${Math.max(0, (0.15 + 0.5 * chance() ** 2) * fade).toFixed(3)})`;
    circle(ctx, x, y, 0.35 + 0.55 * chance());
  }
  ctx.globalCompositeOperation = "source-over";
}
