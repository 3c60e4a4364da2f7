import type { ChildProcess } from "node:child_process";
import { ask, type Children } from "../harness/children.ts";
import type { LoginRequest, LoginResult } from "./load.ts";
import type { Delay, MeasuredRequest } from "./measured.ts";

/** What one run of a side gave. */
export interface Measured {
  readonly gate: Delay;
  readonly node: Delay;
  readonly login: LoginResult;
}

/** Gate, login node and players, each a process. */
export interface Side {
  readonly gate: ChildProcess;
  readonly node: ChildProcess;
  readonly load: ChildProcess;
}

/** Starts the gate, node and load processes of a side. `place` holds the node's arguments for its store. */
export async function openSide(children: Children, players: number, place: readonly string[]): Promise<Side> {
  const module = (name: string) => new URL(name, import.meta.url);
  const gate = await children.ready<{ port: number; links: number }>(module("gate.ts"));
  const node = await children.ready(module("node.ts"), gate.first.links, players, ...place);
  const load = await children.ready(module("load.ts"), gate.first.port);
  return { gate: gate.child, node: node.child, load: load.child };
}

export async function measure({ gate, node, load }: Side, request: LoginRequest): Promise<Measured> {
  const measured = (question: MeasuredRequest) =>
    Promise.all([ask<Delay>(gate, question), ask<Delay>(node, question)]);
  await measured("begin");
  const login = await ask<LoginResult>(load, request);
  const delays = await measured("end");
  await ask(load, "leave");
  await measured("quiet");
  return { gate: delays[0], node: delays[1], login };
}
