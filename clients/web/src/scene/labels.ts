import { gatheringMs, type World } from "../play/world.ts";
import type { Size } from "./sheet.ts";

const font = 'ui-rounded, "Segoe UI", system-ui, -apple-system, "Helvetica Neue", Arial, sans-serif';
const bubbleWidth = 210;
const mostLines = 3;
const lineHeight = 18;

/** Paints the names under the fireflies, and their talk above. */
export function paintLabels(ctx: CanvasRenderingContext2D, world: World, size: Size, nowMs: number): void {
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  for (const bug of world.bugs.values()) {
    const x = bug.shown.x * size.width;
    const y = bug.shown.y * size.height;
    ctx.font = `600 12px ${font}`;
    ctx.shadowColor = "rgba(0,0,0,.85)";
    ctx.shadowBlur = 5;
    ctx.fillStyle = `hsla(${bug.hue},75%,86%,.92)`;
    ctx.fillText(bug.name, x, y + 33);
    ctx.shadowBlur = 0;
    if (bug.saying) {
      const fade = Math.min(1, (bug.saying.untilMs - nowMs) / 500);
      paintBubble(ctx, bug.saying.text, bug.hue, x, y - 34, size.width, fade);
    }
  }
  paintForecast(ctx, world, size, nowMs);
}

function paintForecast(ctx: CanvasRenderingContext2D, world: World, size: Size, nowMs: number): void {
  const { gathering } = world;
  if (!gathering) return;
  const age = nowMs - gathering.bornMs;
  ctx.globalAlpha = Math.max(0, Math.min(1, age / 500) * Math.min(1, (gatheringMs - age) / 1_500));
  ctx.font = `600 12px ${font}`;
  ctx.shadowColor = "rgba(0,0,0,.85)";
  ctx.shadowBlur = 6;
  ctx.fillStyle = "rgb(210,240,255)";
  const text = `They will gather here (${Math.round(gathering.confidence * 100)} % sure)`;
  const half = ctx.measureText(text).width / 2 + 12;
  const x = Math.min(Math.max(gathering.x * size.width, half), size.width - half);
  ctx.fillText(text, x, gathering.y * size.height - 48 - 60 * (1 - gathering.confidence));
  ctx.shadowBlur = 0;
  ctx.globalAlpha = 1;
}

function paintBubble(
  ctx: CanvasRenderingContext2D,
  text: string,
  hue: number,
  atX: number,
  bottom: number,
  pageWidth: number,
  fade: number,
): void {
  ctx.font = `14px ${font}`;
  const lines = wrap(ctx, text);
  const width = Math.max(...lines.map((line) => ctx.measureText(line).width)) + 26;
  const height = lines.length * lineHeight + 16;
  const x = Math.min(Math.max(atX, width / 2 + 10), pageWidth - width / 2 - 10);
  const y = Math.max(bottom - height, 66);
  ctx.globalAlpha = Math.max(0, fade);
  ctx.fillStyle = "rgba(9,15,30,.8)";
  ctx.strokeStyle = `hsla(${hue},80%,75%,.5)`;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.roundRect(x - width / 2, y, width, height, 13);
  ctx.fill();
  ctx.stroke();
  ctx.fillStyle = "rgba(246,248,255,.96)";
  lines.forEach((line, i) => {
    ctx.fillText(line, x, y + 8 + lineHeight * (i + 0.5));
  });
  ctx.globalAlpha = 1;
}

/** Wraps a text at spaces, and inside too long words; the rest beyond the last line is cut. */
function wrap(ctx: CanvasRenderingContext2D, text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const part of text.split(/(\s+)/u)) {
    for (const piece of ctx.measureText(part).width > bubbleWidth ? part : [part]) {
      if (line !== "" && ctx.measureText(line + piece).width > bubbleWidth) {
        if (lines.length === mostLines - 1) return [...lines, `${line.trimEnd()}…`];
        lines.push(line.trimEnd());
        line = "";
      }
      line += line === "" ? piece.trimStart() : piece;
    }
  }
  return [...lines, line];
}
