import { readFileSync } from "node:fs";

/** Reads a file of vectors; fails when there is none in it. */
export function loadVectors<T>(file: string): T[] {
  const text = readFileSync(new URL(file, import.meta.url), "utf8");
  const { vectors } = JSON.parse(text) as { vectors: T[] };
  if (vectors.length === 0) throw new Error(`${file} holds no vectors`);
  return vectors;
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
