/** Whether errors may cost time to say more: unless the environment has NODE_ENV=production. */
export function inDevelopment(): boolean {
  return process.env["NODE_ENV"] !== "production";
}
