import type { Gate } from "../../../runtime/gate/gate.ts";
import { admin, linkVersion } from "../../../runtime/rpc/link-administration.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import {
  ChangeCanary,
  type ChangeStep,
  LinkHello,
  LinkWelcome,
} from "../../../runtime/wire/generated/photinus/link.ts";
import { Stranger } from "./stranger.ts";
import type { World } from "./world.ts";

/** Registers a canary node without a share that does only what the test says. Its role is the name without its number. */
export async function strangeCanary(world: World, gate: Gate, name = "probe-9"): Promise<Stranger> {
  const node = await Stranger.open(world, gate);
  const role = name.replace(/-\d+$/, "");
  const hello = { name, role, version: linkVersion, canary: { share: 0, users: [] } };
  await node.link.call(admin.hello, LinkHello, LinkHello.create(hello), LinkWelcome);
  node.idle = true;
  return node;
}

/** Sends a step of a change, and resolves with the gate's answer. */
export function canaryStep(
  { link }: Stranger,
  step: ChangeStep,
  share = 0,
  users: readonly bigint[] = [],
): Promise<unknown> {
  const message = ChangeCanary.create({ step, canary: { share, users: [...users] } });
  return link.call(admin.changeCanary, ChangeCanary, message, raw);
}
