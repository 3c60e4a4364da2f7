/**
 * The clients of one side: `load.ts game|bare tcp|websocket PORT`. A login is a connection and one exchange: of the game, Hello and a
 * command by which a node binds the session to a user and makes it a member of a group; of a bare server, the same bytes there and back.
 * Clients that are logged in send a ping every 15 seconds each, as ours do, spread evenly over time.
 */
import { Crowd, isOver } from "../game/frames/crowd.ts";
import { serveParent, tellParent } from "../harness/children.ts";

export type ClientsQuestion =
  /** Logs in until there are this many; `lanes` are under way at a time. */
  | { readonly until: number; readonly lanes: number }
  /** Each client shows that it is alive, and what it has received. */
  | "beat"
  /** Closes all connections. */
  | "leave";

export interface ClientsAnswer {
  /** From the first dial to the last answer. */
  readonly ms: number;
}

const [side, over = "", port] = process.argv.slice(2);
if ((side !== "game" && side !== "bare") || !isOver(over) || !port) {
  throw new Error("usage: load.ts game|bare tcp|websocket PORT");
}
const crowd = new Crowd(over, Number(port), side);
crowd.keepAlive();

serveParent<ClientsQuestion>(async (question) => {
  const from = performance.now();
  if (question === "leave") await crowd.leave();
  else if (question === "beat") await crowd.beat();
  else await crowd.grow(question.until, question.lanes);
  return { ms: performance.now() - from } satisfies ClientsAnswer;
});
tellParent({ ready: true });
