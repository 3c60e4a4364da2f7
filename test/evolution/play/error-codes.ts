import type { Transport } from "../../../runtime/transport/transport.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { errorCodes, fail } from "../../../schema/errors.ts";
import type { Pair } from "../corpus/pair.ts";
import type { Findings } from "./finding.ts";
import { commandsOf } from "./lookup.ts";
import type { Sides } from "./sides.ts";
import { World } from "./world.ts";

const reason = "probe";
/** Beginning of the failure that the handler answers with: its code, then its reason. */
const failure = Buffer.from([0x08, errorCodes.DATA_LOSS, 0x12, reason.length, ...Buffer.from(reason)]);

/**
 * Lets a server of the new release answer with each of its error codes. The codes are a part of the runtime, whose client stands for
 * the old one; so the numbers of the new release are put into the answers on their way.
 */
export async function playErrorCodes(
  pair: Pair,
  { old, new: next }: Sides,
  findings: Findings,
): Promise<void> {
  if (pair.errors === undefined || old === next) return;
  const { before, after } = pair.errors;
  const shown = async (number: number) => {
    await using world = await World.open(next, next);
    world.act = () => {
      throw fail("DATA_LOSS", reason);
    };
    const connection = await world.client(old, "admin", (transport) => rewrite(transport, number));
    const id = commandsOf(next.schema)[0]?.call.id ?? 0;
    const command = { id, name: "probe", request: raw, reply: raw, timeoutMs: 1_500, idempotent: false };
    const error: unknown = await connection
      .request(command, new Uint8Array())
      .catch((thrown: unknown) => thrown);
    return (error as { readonly code?: string }).code;
  };
  for (const [name, number] of Object.entries(before)) {
    if ((await shown(number)) !== name) throw new Error(`the code ${number} is not ${name} in this runtime`);
  }
  for (const [name, number] of Object.entries(after)) {
    const code = await shown(number);
    if (code !== name) findings.add("old client", `the error ${name} of a new server is ${code}`);
  }
}

/** Puts another number into the failures that a client receives. */
function rewrite(transport: Transport, number: number): void {
  const start = transport.start.bind(transport);
  transport.start = (handler) =>
    start({
      onData(chunk) {
        const bytes = Buffer.from(chunk);
        const at = bytes.indexOf(failure);
        if (at >= 0) bytes[at + 1] = number;
        handler.onData(bytes);
      },
      onDrain: () => handler.onDrain(),
      onClose: (why) => handler.onClose(why),
    });
}
