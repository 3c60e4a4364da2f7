/**
 * Least cost of a connection: `bare.ts tcp|websocket` sends back what it gets, over sockets of `net` or of `ws` and nothing else.
 */
import { createServer, type Server } from "node:net";
import { WebSocketServer } from "ws";
import { serveParent, tellParent } from "../harness/children.ts";
import { memoryAfterCollection } from "../harness/memory.ts";

const over = process.argv[2];
if (over !== "tcp" && over !== "websocket") throw new Error("usage: bare.ts tcp|websocket");

let connections = 0;
const server = over === "tcp" ? bareSockets() : bareWebSockets();

function bareSockets(): Server {
  const sockets = createServer({ noDelay: true }, (socket) => {
    connections++;
    socket.on("data", (chunk) => socket.write(chunk));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => connections--);
  });
  return sockets.listen(0, "127.0.0.1");
}

function bareWebSockets(): WebSocketServer {
  const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  sockets.on("connection", (socket) => {
    connections++;
    socket.on("message", (data) => socket.send(data));
    socket.on("error", () => socket.terminate());
    socket.on("close", () => connections--);
  });
  return sockets;
}

server.once("listening", () => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  serveParent(async (question) => (question === "memory" ? memoryAfterCollection() : { connections }));
  tellParent({ port: address.port });
});
