import type { ChildProcess } from "node:child_process";
import type { Children } from "../harness/children.ts";
import type { WireName } from "./load/wires/open-wire.ts";
import { isPushTick } from "./move-pushes.ts";

export const serverNames = [
  "ours-tcp",
  "ours-ws",
  "colyseus",
  "colyseus-messages",
  "socket.io",
  "ws-loop",
  "ws-each",
] as const;
export type ServerName = (typeof serverNames)[number];

/** How a kind of server is started, and what speaks to it. */
export interface ServerKind {
  readonly wire: WireName;
  /** What the server stands for in the comparison. */
  readonly is: "ours" | "framework" | "ceiling" | "bare";
  /** How it is measured where these ticks are asked for. 0: it sends moves as they come. */
  ticks(asked: readonly number[]): readonly number[];
  open(children: Children, tickMs: number): Promise<Running>;
}

/** A server that runs, with the processes whose time counts. */
export interface Running {
  readonly port: number;
  readonly processes: readonly { readonly name: string; readonly child: ChildProcess }[];
}

function ours(wire: WireName): ServerKind {
  return {
    wire,
    is: "ours",
    ticks: (asked) => [0, ...asked].filter(isPushTick),
    open: async (children, tickMs) => {
      const gate = await children.ready<{ port: number; links: number }>(
        new URL("sides/gate.ts", import.meta.url),
      );
      const node = await children.ready(new URL("sides/node.ts", import.meta.url), gate.first.links, tickMs);
      return {
        port: gate.first.port,
        processes: [
          { name: "gate", child: gate.child },
          { name: "node", child: node.child },
        ],
      };
    },
  };
}

function other(
  wire: WireName,
  is: ServerKind["is"],
  module: string,
  way: string,
  ticks: ServerKind["ticks"],
): ServerKind {
  return {
    wire,
    is,
    ticks,
    open: async (children, tickMs) => {
      const { child, first } = await children.ready<{ port: number }>(
        new URL(module, import.meta.url),
        way,
        tickMs,
      );
      return { port: first.port, processes: [{ name: "server", child }] };
    },
  };
}

const each = (asked: readonly number[]) => asked;
const none = () => [0];

export const serverKinds: Readonly<Record<ServerName, ServerKind>> = {
  "ours-tcp": ours("photinus-tcp"),
  "ours-ws": ours("photinus-ws"),
  colyseus: other("colyseus-state", "framework", "sides/colyseus.ts", "state", each),
  "colyseus-messages": other("colyseus-messages", "framework", "sides/colyseus.ts", "messages", none),
  "socket.io": other("socket-io", "framework", "sides/socket-io.ts", "", none),
  "ws-loop": other("bare-loop", "ceiling", "sides/bare.ts", "loop", each),
  "ws-each": other("bare-each", "bare", "sides/bare.ts", "each", none),
};
