/** Look of a meadow: the colours of its night, and its scenery. */
export interface Look {
  readonly name: string;
  /** Colours of the sky from the top to the horizon. */
  readonly sky: readonly [string, string, string, string];
  /** Colours of the hills, then of the grass, each from far to near. */
  readonly hills: readonly [string, string, string];
  readonly grass: readonly [string, string, string];
  /** Colour of the light on the horizon. */
  readonly haze: string;
  /** Place of the moon, in shares of width and height, and its radius in shares of the height. */
  readonly moon: { readonly x: number; readonly y: number; readonly radius: number; readonly tint: string };
  readonly trees: "round" | "pine";
  /** Seed of the hills, trees and stars. */
  readonly seed: number;
}

const looks: readonly Look[] = [
  {
    name: "Birch Hollow",
    sky: ["#050816", "#0a1430", "#123050", "#2b5a64"],
    hills: ["#173848", "#0f2836", "#0a1c26"],
    grass: ["#0a1d22", "#071418", "#040b0e"],
    haze: "120, 200, 190",
    moon: { x: 0.78, y: 0.2, radius: 0.045, tint: "#f4f0d8" },
    trees: "round",
    seed: 7,
  },
  {
    name: "Heather Rise",
    sky: ["#080616", "#170f33", "#352050", "#6a3f63"],
    hills: ["#3b2548", "#261734", "#180e24"],
    grass: ["#170f22", "#0f0917", "#08050d"],
    haze: "225, 150, 180",
    moon: { x: 0.24, y: 0.24, radius: 0.06, tint: "#ffe4cf" },
    trees: "round",
    seed: 23,
  },
  {
    name: "Pine Water",
    sky: ["#030a12", "#06192a", "#0b3345", "#1a5a5a"],
    hills: ["#0f3a42", "#0a2930", "#061b20"],
    grass: ["#06191a", "#041112", "#02090a"],
    haze: "110, 220, 170",
    moon: { x: 0.55, y: 0.16, radius: 0.036, tint: "#e6f4ff" },
    trees: "pine",
    seed: 41,
  },
  {
    name: "Ember Field",
    sky: ["#07070f", "#15101f", "#3a1f2c", "#80472f"],
    hills: ["#3d2328", "#29171c", "#190e12"],
    grass: ["#190f10", "#10090a", "#080505"],
    haze: "255, 170, 100",
    moon: { x: 0.86, y: 0.3, radius: 0.07, tint: "#ffd9a8" },
    trees: "round",
    seed: 61,
  },
];

/** Returns the look of a meadow, by its id; looks repeat after the last. */
export function lookOf(meadowId: number): Look {
  return looks[(Math.max(meadowId, 1) - 1) % looks.length]!;
}

export function meadowName(meadowId: number): string {
  const { name } = lookOf(meadowId);
  return meadowId > looks.length ? `${name} ${Math.ceil(meadowId / looks.length)}` : name;
}
