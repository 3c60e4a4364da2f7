/**
 * Colyseus rooms as its project recommends: `colyseus.ts state|messages TICK_MS`. "state": a room's state is a map of players, whose
 * fields handlers set; it is sent as a patch once a tick. "messages": each move is broadcast to the others as it comes.
 */
import { freePort } from "../../../setup/free-port.ts";
import { serveParent, tellParent } from "../../harness/children.ts";
import { loadPeer } from "../../harness/peers.ts";

/** As much of Colyseus as is used. */
interface Client {
  readonly sessionId: string;
}
interface Entry {
  readonly scene: number;
  readonly id: number;
}
interface Step {
  readonly sent: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly heading: number;
}
interface PlayerState {
  id: number;
  sent: number;
  x: number;
  y: number;
  z: number;
  heading: number;
}
interface Players {
  get(key: string): PlayerState | undefined;
  set(key: string, player: PlayerState): void;
  delete(key: string): void;
}

type RoomClass = new () => {
  maxClients: number;
  patchRate: number | null;
  state: unknown;
  onMessage(type: string, listener: (client: Client, message: never) => void): void;
  broadcast(type: string, message: unknown, options?: { readonly except: Client }): void;
};
type Fields = Record<"uint32" | "float32", () => unknown> & { map(of: unknown): unknown };
interface Schemas {
  schema<T>(fields: object, name: string): new () => T;
  readonly t: Fields;
}
interface Defined {
  filterBy(options: readonly string[]): unknown;
}
interface Server {
  define(name: string, room: unknown): Defined;
  listen(port: number, host: string): Promise<unknown>;
}

const { Room, Server } = loadPeer<{ Room: RoomClass; Server: new (options: object) => Server }>(
  "@colyseus/core",
);
const { WebSocketTransport } = loadPeer<{ WebSocketTransport: new () => object }>("@colyseus/ws-transport");
const { schema, t } = loadPeer<Schemas>("@colyseus/schema");

const [way, tick] = process.argv.slice(2);
const sceneSize = 50;

const PlayerSchema = schema<PlayerState>(
  { id: t.uint32(), sent: t.uint32(), x: t.float32(), y: t.float32(), z: t.float32(), heading: t.float32() },
  "Player",
);
const SceneSchema = schema<{ players: Players }>({ players: t.map(PlayerSchema) }, "Scene");

class StateRoom extends Room {
  override maxClients = sceneSize;
  override patchRate = Number(tick);
  override state = new SceneSchema();

  onCreate(): void {
    this.onMessage("move", ({ sessionId }: Client, step: Step) => {
      const player = this.state.players.get(sessionId);
      if (player === undefined) return;
      player.sent = step.sent;
      player.x = step.x;
      player.y = step.y;
      player.z = step.z;
      player.heading = step.heading;
    });
    this.onMessage("say", (_: Client, line: object) => this.broadcast("said", line));
  }

  onJoin({ sessionId }: Client, { id }: Entry): void {
    const player = new PlayerSchema();
    player.id = id;
    this.state.players.set(sessionId, player);
  }

  onLeave({ sessionId }: Client): void {
    this.state.players.delete(sessionId);
  }
}

class MessageRoom extends Room {
  override maxClients = sceneSize;
  readonly #ids = new Map<string, number>();

  onCreate(): void {
    this.onMessage("move", (client: Client, step: Step) => {
      this.broadcast("moved", { ...step, id: this.#ids.get(client.sessionId) }, { except: client });
    });
    this.onMessage("say", (_: Client, line: object) => this.broadcast("said", line));
  }

  onJoin({ sessionId }: Client, { id }: Entry): void {
    this.#ids.set(sessionId, id);
  }

  onLeave({ sessionId }: Client): void {
    this.#ids.delete(sessionId);
  }
}

const port = await freePort();
const server: Server = new Server({ transport: new WebSocketTransport(), greet: false });
server.define("scene", way === "state" ? StateRoom : MessageRoom).filterBy(["scene"]);
await server.listen(port, "127.0.0.1");
serveParent(async () => ({}));
tellParent({ port });
