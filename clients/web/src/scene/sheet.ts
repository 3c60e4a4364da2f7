/** A canvas outside of the page, with its drawing context. */
export interface Sheet {
  readonly canvas: HTMLCanvasElement;
  readonly ctx: CanvasRenderingContext2D;
}

export function sheet(width: number, height: number): Sheet {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  return { canvas, ctx: contextOf(canvas) };
}

export function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const ctx = canvas.getContext("2d");
  if (!ctx) throw new Error("this browser cannot draw on a canvas");
  return ctx;
}

/** Size of the page in CSS pixels, and the number of screen pixels in one of them. */
export interface Size {
  readonly width: number;
  readonly height: number;
  readonly scale: number;
}
