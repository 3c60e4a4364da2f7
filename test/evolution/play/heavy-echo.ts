/** Heavy handler of the player: shows its request to the main thread and answers with defaults. */
export default function heavyEcho(request: unknown): object {
  const channel = new BroadcastChannel("photinus-evolution");
  channel.postMessage(request);
  channel.close();
  return {};
}
