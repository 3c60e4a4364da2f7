/** Colyseus room that echoes each message to its sender. */
import { freePort } from "../../../setup/free-port.ts";
import { serveParent, tellParent } from "../../harness/children.ts";
import { loadPeer } from "../../harness/peers.ts";

/** As much of Colyseus as is used. */
interface ColyseusClient {
  send(type: string, message: unknown): void;
}
interface ColyseusServer {
  define(name: string, room: unknown): void;
  listen(port: number, host: string): Promise<unknown>;
}

/** Its class of rooms has far more to it; a subclass needs only to be one. */
type RoomClass = new () => {
  onMessage(type: string, listener: (client: ColyseusClient, message: unknown) => void): void;
};

const { Room, Server } = loadPeer<{ Room: RoomClass; Server: new (options: object) => ColyseusServer }>(
  "@colyseus/core",
);
const { WebSocketTransport } = loadPeer<{ WebSocketTransport: new () => object }>("@colyseus/ws-transport");

class EchoRoom extends Room {
  onCreate(): void {
    this.onMessage("echo", (client: ColyseusClient, message: unknown) => client.send("echo", message));
  }
}

const port = await freePort();
const server: ColyseusServer = new Server({ transport: new WebSocketTransport(), greet: false });
server.define("echo", EchoRoom);
await server.listen(port, "127.0.0.1");
serveParent(async () => ({}));
tellParent({ port });
