import type { Look } from "../meadows.ts";
import type { World } from "../play/world.ts";
import { chanceOf } from "./chance.ts";
import { brightness, type Glows } from "./glow.ts";
import { type Sheet, type Size, sheet } from "./sheet.ts";

interface Blade {
  readonly x: number;
  readonly tall: number;
  readonly wide: number;
  readonly lean: number;
  readonly phase: number;
  /** Size of the seed head; 0 for a plain blade. */
  readonly head: number;
}

interface Row {
  readonly blades: readonly Blade[];
  readonly fill: CanvasGradient;
  /** Fades in from transparent, so that a row has no visible edge. */
  readonly ground: CanvasGradient;
  readonly base: number;
  readonly depth: number;
}

/** Height over which a row's ground fades in, in pixels. */
const groundFade = 46;

/** The grass in front: blades that sway, and light up near a firefly. */
export class Grass {
  readonly #size: Size;
  readonly #rows: readonly Row[];
  /** Coarser than the screen, because soft shapes need no sharpness. */
  readonly #sheet: Sheet;
  readonly #top: number;

  constructor(look: Look, size: Size) {
    this.#size = size;
    const chance = chanceOf(look.seed * 7 + 3);
    const { height } = size;
    this.#top = height * 0.66;
    this.#sheet = sheet(size.width * size.scale, (height - this.#top) * size.scale);
    this.#rows = look.grass.map((colour, i) => {
      const tall = height * (0.07 + 0.035 * i);
      const count = Math.round((size.width / (6 + 2.5 * i)) * 1.1);
      const blades = Array.from({ length: count }, () => bladeOf(size.width, tall, i, chance));
      // A row darkens towards its ground into the colour of the row in front.
      const fill = this.#sheet.ctx.createLinearGradient(
        0,
        height * (0.82 + 0.055 * i),
        0,
        height * (0.9 + 0.055 * i),
      );
      fill.addColorStop(0, colour);
      fill.addColorStop(1, look.grass[Math.min(i + 1, 2)]!);
      const base = height * (0.895 + 0.055 * i) + 8;
      const ground = this.#sheet.ctx.createLinearGradient(0, base - groundFade, 0, base + groundFade);
      ground.addColorStop(0, `${colour}00`);
      ground.addColorStop(1, colour);
      return { blades, fill, ground, base, depth: 0.9 + 0.45 * i };
    });
  }

  paint(
    ctx: CanvasRenderingContext2D,
    world: World,
    glows: Glows,
    nowMs: number,
    shiftX: number,
    calm: boolean,
  ): void {
    const { width, height, scale } = this.#size;
    const { canvas, ctx: on } = this.#sheet;
    on.setTransform(1, 0, 0, 1, 0, 0);
    on.globalCompositeOperation = "source-over";
    on.clearRect(0, 0, canvas.width, canvas.height);
    on.setTransform(scale, 0, 0, scale, 0, -this.#top * scale);
    for (const row of this.#rows) {
      on.fillStyle = row.ground;
      on.fillRect(0, row.base - groundFade, width, height);
      on.fillStyle = row.fill;
      on.beginPath();
      for (const blade of row.blades) trace(on, blade, row.base, shiftX * row.depth, calm ? 0 : nowMs);
      on.fill();
    }
    // Light falls on blades only, because it is painted atop existing pixels.
    on.globalCompositeOperation = "source-atop";
    for (const bug of world.bugs.values()) {
      const y = bug.shown.y * height;
      const near = 1 - Math.max(0, this.#top - y) / (height * 0.35);
      if (near <= 0) continue;
      const light = brightness(bug, nowMs);
      on.globalAlpha = Math.min(1, near * (0.1 + 0.3 * light));
      const radius = 90 + 130 * light;
      on.drawImage(glows.soft(bug.hue), bug.shown.x * width - radius, y - radius, radius * 2, radius * 2);
    }
    on.globalAlpha = 1;
    ctx.drawImage(canvas, 0, this.#top, width, height - this.#top);
  }
}

function bladeOf(width: number, tall: number, row: number, chance: () => number): Blade {
  const special = chance() < 0.035 + 0.012 * row;
  return {
    x: (chance() * 1.1 - 0.05) * width,
    tall: tall * (special ? 1.25 + 0.6 * chance() : 0.22 + 0.88 * chance() ** 1.5),
    wide: special ? 1.4 : 1.6 + row * 0.9 + 2 * chance(),
    lean: (chance() - 0.5) * tall * 0.55,
    phase: chance() * 1.5,
    head: special ? 2.2 + row + 2 * chance() : 0,
  };
}

function trace(
  ctx: CanvasRenderingContext2D,
  blade: Blade,
  base: number,
  shift: number,
  nowMs: number,
): void {
  const x = blade.x + shift;
  const wind =
    Math.sin(nowMs * 0.0009 + blade.x * 0.008 + blade.phase) +
    0.4 * Math.sin(nowMs * 0.0023 + blade.x * 0.02);
  const tipX = x + blade.lean + wind * blade.tall * 0.085;
  const tipY = base - blade.tall;
  const bendX = x + blade.lean * 0.25;
  const bendY = base - blade.tall * 0.55;
  ctx.moveTo(x - blade.wide, base + groundFade);
  ctx.quadraticCurveTo(bendX - blade.wide * 0.6, bendY, tipX, tipY);
  ctx.quadraticCurveTo(bendX + blade.wide * 0.8, bendY, x + blade.wide, base + groundFade);
  if (blade.head === 0) return;
  ctx.moveTo(tipX + blade.head, tipY);
  ctx.ellipse(tipX, tipY, blade.head, blade.head * 2.3, 0.25 + blade.lean * 0.01, 0, Math.PI * 2);
}
