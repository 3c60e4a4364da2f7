import { freePort } from "../../../setup/free-port.ts";
import { mustBe } from "../../harness/must-be.ts";
import { loadPeer } from "../../harness/peers.ts";
import type { Side } from "./side.ts";

interface Message {
  namespace: string;
  serverType: string;
  service: string;
  method: string;
  args: unknown[];
}

/** As much of pinus-rpc as is used; it is loaded only where it runs. */
interface PinusRpc {
  createServer(options: object): { start(): void };
  createTcpAcceptor: unknown;
  createTcpMailBox: unknown;
  createClient(options: object): {
    start(done: (error?: Error) => void): void;
    addServers(servers: object[]): void;
    rpcInvoke(
      server: string,
      message: Message,
      done: (error: Error | null, answer: { n: number; data: string }) => void,
    ): void;
  };
}

function load(): PinusRpc {
  return loadPeer("pinus-rpc");
}

const data = "x".repeat(60);

/** pinus-rpc over its TCP mailbox, without its timed buffering: bodies are JSON, so the data is text. */
export const pinus: Side = {
  async serve() {
    const port = await freePort();
    const rpc = load();
    const server = rpc.createServer({
      port,
      paths: [],
      services: {
        user: { sample: { echo: async (n: number, data: string) => ({ n, data }) } },
      },
      acceptorFactory: rpc.createTcpAcceptor,
      bufferMsg: false,
    });
    server.start();
    await new Promise((resolve) => setTimeout(resolve, 200));
    return port;
  },

  check(answer) {
    mustBe("the data of an answer", (answer as { data?: string }).data, data);
  },

  dial(port) {
    const rpc = load();
    const client = rpc.createClient({
      routeContext: {},
      router: () => {},
      context: {},
      mailboxFactory: rpc.createTcpMailBox,
      bufferMsg: false,
    });
    return new Promise((resolve, reject) => {
      client.start((error) => {
        if (error) return reject(error);
        client.addServers([{ id: "server", serverType: "sample", host: "127.0.0.1", port }]);
        resolve((n) => {
          const args = [n, data];
          const message = {
            namespace: "user",
            serverType: "sample",
            service: "sample",
            method: "echo",
            args,
          };
          return new Promise((settle, fail) => {
            client.rpcInvoke("server", message, (failure, answer) => {
              if (failure) fail(failure);
              else settle(answer);
            });
          });
        });
      });
    });
  },
};
