/** What a push to many comes to at best: whenever a client says something, each socket gets the same bytes in one write. */
import { createServer, type Socket } from "node:net";
import { toldFrame } from "../game/frames/requests.ts";
import { serveParent, tellParent } from "../harness/children.ts";

const told = toldFrame();
const sockets = new Set<Socket>();

const server = createServer((socket) => {
  socket.setNoDelay(true);
  sockets.add(socket);
  // A client is connected before it is accepted; only then will it be written to.
  socket.write("!");
  socket.on("data", () => {
    for (const each of sockets) each.write(told);
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => sockets.delete(socket));
});
server.listen(0, "127.0.0.1", 4_096, () => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  serveParent(async () => ({}));
  tellParent({ port: address.port });
});
