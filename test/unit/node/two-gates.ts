import { onTestFinished } from "vitest";
import type { Session } from "../../../runtime/api/handler-context.ts";
import { GameNode } from "../../../runtime/node/node.ts";
import { type CommandHandlers, serve } from "../../integration/gate/schema.ts";
import { FakeGate } from "./fake-gate.ts";

/** Options of {@link twoGates}. */
export interface TwoGatesOptions {
  /** Whether gate b takes several joins and leaves in one message. Default true. */
  readonly takesRegroup?: boolean;
}

/** A node with two gates; gate a has announced the sessions 1 and 2. All are gone at the end of the test. */
export async function twoGates(
  handlers: CommandHandlers = {},
  { takesRegroup = true }: TwoGatesOptions = {},
) {
  const [a, b] = [await FakeGate.open("gate-a"), await FakeGate.open("gate-b")];
  b.takesRegroup = takesRegroup;
  const node = await GameNode.open([serve("probe", handlers)], {
    name: "probe-1",
    role: "probe",
    gates: [a.address, b.address],
  });
  onTestFinished(async () => {
    await node.close({ graceMs: 0 });
    for (const gate of [b, a]) await gate.close();
  });
  await node.linked();
  const events: string[] = [];
  node.onSessionEnd(({ id }) => void events.push(`${id} ended`));
  node.onSessionSuspended(({ id }) => void events.push(`${id} suspended`));
  node.onSessionResumed(({ id }) => void events.push(`${id} resumed`));
  a.openSession(1);
  a.openSession(2);
  await a.all();
  const [one, two] = node.sessions() as [Session, Session];
  return { a, b, node, one, two, events };
}
