/** Returns whether errors may take extra time to carry more detail: true unless NODE_ENV is "production". */
export function inDevelopment(): boolean {
  return process.env["NODE_ENV"] !== "production";
}
