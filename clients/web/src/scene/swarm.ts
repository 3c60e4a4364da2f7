import { type Bug, gatheringMs, type World, waveMs } from "../play/world.ts";
import { chanceOf } from "./chance.ts";
import { brightness, type Glows } from "./glow.ts";
import type { Size } from "./sheet.ts";

const farLights = 34;

/** The fireflies: those of players, with trail and name, and small ones far away as decoration. */
export class Swarm {
  readonly #size: Size;
  readonly #far: readonly {
    x: number;
    y: number;
    hue: number;
    phase: number;
    speed: number;
    radius: number;
  }[];

  constructor(seed: number, size: Size) {
    this.#size = size;
    const chance = chanceOf(seed * 13 + 1);
    this.#far = Array.from({ length: farLights }, () => ({
      x: chance(),
      y: 0.56 + 0.3 * chance(),
      hue: Math.round(48 + 50 * chance()),
      phase: chance() * 50,
      speed: 0.4 + chance(),
      radius: 5 + 9 * chance(),
    }));
  }

  /** Paints the fireflies far away, behind the grass. */
  paintFar(ctx: CanvasRenderingContext2D, glows: Glows, nowMs: number, shiftX: number, calm: boolean): void {
    const { width, height } = this.#size;
    const t = calm ? 0 : nowMs * 0.0001;
    ctx.globalCompositeOperation = "lighter";
    for (const far of this.#far) {
      const wave = t * far.speed;
      const x =
        (far.x + 0.03 * Math.sin(wave * 5 + far.phase) + 0.012 * Math.sin(wave * 17 + far.phase)) * width;
      const y = (far.y + 0.025 * Math.sin(wave * 7 + far.phase * 2)) * height;
      const blink = Math.max(0, Math.sin(wave * 23 + far.phase)) ** 2;
      ctx.globalAlpha = 0.05 + 0.55 * blink;
      ctx.drawImage(
        glows.lamp(far.hue),
        x + shiftX * 0.7 - far.radius,
        y - far.radius,
        far.radius * 2,
        far.radius * 2,
      );
    }
    ctx.globalAlpha = 1;
    ctx.globalCompositeOperation = "source-over";
  }

  paint(ctx: CanvasRenderingContext2D, world: World, glows: Glows, nowMs: number): void {
    ctx.globalCompositeOperation = "lighter";
    for (const bug of world.bugs.values()) this.#paintTrail(ctx, bug);
    this.#paintWaves(ctx, world, glows, nowMs);
    for (const bug of world.bugs.values()) this.#paintBug(ctx, bug, bug === world.self, glows, nowMs);
    if (world.gathering) this.#paintGathering(ctx, world, nowMs);
    ctx.globalCompositeOperation = "source-over";
  }

  #paintBug(ctx: CanvasRenderingContext2D, bug: Bug, own: boolean, glows: Glows, nowMs: number): void {
    const [x, y] = this.#placeOf(bug, nowMs);
    const light = brightness(bug, nowMs);
    const radius = (own ? 74 : 62) * (0.55 + 0.45 * light);
    ctx.globalAlpha = Math.min(1, 0.35 + 0.65 * light);
    ctx.drawImage(glows.lamp(bug.hue), x - radius, y - radius, radius * 2, radius * 2);
    ctx.globalAlpha = 1;
    if (!own) return;
    ctx.strokeStyle = `hsla(${bug.hue},90%,80%,.4)`;
    ctx.lineWidth = 1;
    ctx.beginPath();
    const turn = nowMs * 0.0006;
    for (let part = 0; part < 3; part++) {
      const from = turn + (part * Math.PI * 2) / 3;
      ctx.moveTo(x + Math.cos(from) * 21, y + Math.sin(from) * 21);
      ctx.arc(x, y, 21, from, from + 1.25);
    }
    ctx.stroke();
  }

  /** Returns the place of a firefly, which hovers a little even at rest. */
  #placeOf(bug: Bug, nowMs: number): [number, number] {
    const { width, height } = this.#size;
    const t = nowMs * 0.0012 + bug.phase * 3;
    return [bug.shown.x * width + Math.sin(t) * 3, bug.shown.y * height + Math.sin(t * 1.7) * 3.4];
  }

  /** Paints a ribbon that gets wider and brighter towards the firefly. */
  #paintTrail(ctx: CanvasRenderingContext2D, bug: Bug): void {
    const { width, height } = this.#size;
    const { trail, hue } = bug;
    const count = trail.length / 2;
    if (count < 3) return;
    const x = (i: number): number => trail[i * 2]! * width;
    const y = (i: number): number => trail[i * 2 + 1]! * height;
    const [tailX, tailY] = [x(0), y(0)];
    const [headX, headY] = [bug.shown.x * width, bug.shown.y * height];
    if (Math.hypot(headX - tailX, headY - tailY) < 2) return;
    const light = ctx.createLinearGradient(tailX, tailY, headX, headY);
    light.addColorStop(0, `hsla(${hue},95%,66%,0)`);
    light.addColorStop(1, `hsla(${hue},95%,70%,.55)`);
    ctx.fillStyle = light;
    ctx.beginPath();
    ctx.moveTo(tailX, tailY);
    const sides: [number, number][] = [];
    for (let i = 1; i < count; i++) {
      const dx = x(i) - x(i - 1);
      const dy = y(i) - y(i - 1);
      const length = Math.hypot(dx, dy) || 1;
      const half = (i / count) ** 1.3 * 2.6;
      ctx.lineTo(x(i) - (dy / length) * half, y(i) + (dx / length) * half);
      sides.push([x(i) + (dy / length) * half, y(i) - (dx / length) * half]);
    }
    ctx.lineTo(headX, headY);
    for (const [sideX, sideY] of sides.reverse()) ctx.lineTo(sideX, sideY);
    ctx.fill();
  }

  #paintWaves(ctx: CanvasRenderingContext2D, world: World, glows: Glows, nowMs: number): void {
    const { width, height } = this.#size;
    for (const wave of world.waves) {
      const share = (nowMs - wave.bornMs) / waveMs;
      const fade = (1 - share) ** 2;
      const x = wave.x * width;
      const y = wave.y * height;
      if (wave.kind === "gone") {
        const radius = 40 * (1 - share);
        ctx.globalAlpha = fade * 0.7;
        ctx.drawImage(glows.lamp(wave.hue), x - radius, y - radius - share * 40, radius * 2, radius * 2);
        ctx.globalAlpha = 1;
        continue;
      }
      const bloom = 150 + 190 * share;
      ctx.globalAlpha = fade * 0.55;
      ctx.drawImage(glows.soft(wave.hue), x - bloom, y - bloom, bloom * 2, bloom * 2);
      ctx.globalAlpha = 1;
      for (const late of [0, 0.16]) {
        const ring = 1 - (1 - Math.max(0, share - late)) ** 3;
        if (ring <= 0) continue;
        ctx.strokeStyle = `hsla(${wave.hue},95%,78%,${(fade * 0.6).toFixed(3)})`;
        ctx.lineWidth = 0.5 + 2.6 * (1 - share);
        ctx.beginPath();
        ctx.arc(x, y, 8 + ring * 130, 0, Math.PI * 2);
        ctx.stroke();
      }
    }
  }

  #paintGathering(ctx: CanvasRenderingContext2D, world: World, nowMs: number): void {
    const { gathering } = world;
    if (!gathering) return;
    const age = nowMs - gathering.bornMs;
    const fade = Math.min(1, age / 500) * Math.min(1, (gatheringMs - age) / 1_500);
    const x = gathering.x * this.#size.width;
    const y = gathering.y * this.#size.height;
    // A higher confidence makes a smaller circle.
    const radius = 26 + 60 * (1 - gathering.confidence);
    for (let i = 0; i < 36; i++) {
      const inner = i % 3 === 0;
      const angle = age * (inner ? -0.0007 : 0.0004) + (i * Math.PI * 2) / 36;
      const pulse = radius * (inner ? 0.72 : 1) * (1 + 0.05 * Math.sin(age * 0.003 + i * 0.35));
      ctx.fillStyle = `rgba(190,235,255,${((inner ? 0.5 : 0.8) * fade).toFixed(3)})`;
      ctx.beginPath();
      ctx.arc(x + Math.cos(angle) * pulse, y + Math.sin(angle) * pulse, inner ? 1.1 : 1.6, 0, Math.PI * 2);
      ctx.fill();
    }
    const core = ctx.createRadialGradient(x, y, 0, x, y, radius);
    core.addColorStop(0, `rgba(170,225,255,${0.22 * fade})`);
    core.addColorStop(1, "rgba(170,225,255,0)");
    ctx.fillStyle = core;
    ctx.fillRect(x - radius, y - radius, radius * 2, radius * 2);
  }
}
