/** Socket.IO with its parser for MessagePack: each move is broadcast to the others of the scene as it comes. */
import { createServer } from "node:http";
import { serveParent, tellParent } from "../../harness/children.ts";
import { loadPeer } from "../../harness/peers.ts";

/** As much of Socket.IO as is used. */
interface Target {
  emit(name: string, message: unknown): void;
}
interface Client extends Target {
  on(name: string, listener: (message: never) => void): void;
  join(room: string): void;
  to(room: string): Target;
}
interface Server {
  on(name: "connection", listener: (client: Client) => void): void;
  to(room: string): Target;
}
type ServerClass = new (server: object, options: object) => Server;

const { Server } = loadPeer<{ Server: ServerClass }>("socket.io");
const parser = loadPeer<object>("socket.io-msgpack-parser");

const http = createServer();
const server = new Server(http, { parser, transports: ["websocket"], serveClient: false });
server.on("connection", (client) => {
  let self = 0;
  let room = "";
  client.on("enter", ({ id, scene }: { id: number; scene: number }) => {
    self = id;
    room = `scene:${scene}`;
    client.join(room);
    client.emit("entered", {});
  });
  client.on("move", (step: object) => client.to(room).emit("moved", { ...step, id: self }));
  client.on("say", (line: object) => server.to(room).emit("said", line));
});
http.listen(0, "127.0.0.1", 4_096, () => {
  const address = http.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  serveParent(async () => ({}));
  tellParent({ port: address.port });
});
