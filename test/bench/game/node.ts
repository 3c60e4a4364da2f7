/** A node of the benchmarks' game: `node.ts LINK_PORT`. */
import { serveParent, tellParent } from "../harness/children.ts";
import { openNode } from "./open-node.ts";

const node = await openNode(Number(process.argv[2]));
serveParent(async () => ({ counters: node.status().counters }));
tellParent({ ready: true });
