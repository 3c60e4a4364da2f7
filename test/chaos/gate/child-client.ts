/** A client of its own process: connects to the address that it is given, keeps its heartbeat, and says so to its parent. */
import { connect } from "../../../clients/typescript/src/node/index.ts";

const connection = await connect(process.argv[2]!);
process.send?.(connection.session);
