import type { Place } from "./motion.ts";

/** Receives the player's input by pointer and keys. */
export interface InputHandler {
  /** Called with the place that the player moves to. */
  onTarget(place: Place): void;
  onFlash(): void;
  /** Place that the player moves to. */
  readonly target: Place;
}

/** Longest time, in ms, and longest distance of a touch that counts as a tap. */
const tapMs = 250;
const tapPixels = 12;
const keyStep = 0.035;

const steps: Readonly<Record<string, Place>> = {
  ArrowLeft: { x: -keyStep, y: 0 },
  ArrowRight: { x: keyStep, y: 0 },
  ArrowUp: { x: 0, y: -keyStep },
  ArrowDown: { x: 0, y: keyStep },
};

/** Listens on the canvas for mouse, pen, touch and keys. */
export function listen(canvas: HTMLCanvasElement, handler: InputHandler): void {
  let down: { x: number; y: number; at: number } | undefined;

  const follow = (event: PointerEvent): void => {
    const box = canvas.getBoundingClientRect();
    handler.onTarget({
      x: clamp((event.clientX - box.left) / box.width),
      y: clamp((event.clientY - box.top) / box.height),
    });
  };

  canvas.addEventListener("pointerdown", (event) => {
    canvas.focus({ preventScroll: true });
    down = { x: event.clientX, y: event.clientY, at: event.timeStamp };
    if (event.pointerType !== "mouse") canvas.setPointerCapture(event.pointerId);
    follow(event);
    if (event.pointerType === "mouse" && event.button === 0) handler.onFlash();
  });
  canvas.addEventListener("pointermove", follow);
  canvas.addEventListener("pointerup", (event) => {
    if (event.pointerType === "mouse" || !down) return;
    const near = Math.hypot(event.clientX - down.x, event.clientY - down.y) < tapPixels;
    if (near && event.timeStamp - down.at < tapMs) handler.onFlash();
    down = undefined;
  });
  canvas.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (step) {
      handler.onTarget({ x: clamp(handler.target.x + step.x), y: clamp(handler.target.y + step.y) });
    } else if (event.key === " ") {
      if (!event.repeat) handler.onFlash();
    } else {
      return;
    }
    event.preventDefault();
  });
}

function clamp(share: number): number {
  return Math.min(Math.max(share, 0), 1);
}
