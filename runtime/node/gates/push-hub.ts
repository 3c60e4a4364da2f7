import { fail, isPhotinusError } from "../../../schema/errors.ts";
import type { PushDescriptor } from "../../api/descriptors.ts";
import type {
  GroupMembers,
  GroupTarget,
  MembersOptions,
  PushTarget,
  Session,
} from "../../api/handler-context.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import type { PushAddress } from "../../rpc/envelope/message-kinds.ts";
import { admin, adminTimeoutMs } from "../../rpc/link-administration.ts";
import { encodeInto, Writer } from "../../wire/codec/codec-runtime.ts";
import { GroupList, ListGroup } from "../../wire/generated/photinus/link.ts";
import { membersRule } from "../node-call-options.ts";
import type { GateHandle } from "../node-host.ts";

/** Smallest encode buffer that is not kept for the next push, so that one large push does not hold its memory. */
const keptBytes = 256 * 1024;

/** Sends pushes to all gates: encodes the body once, and copies it into each link's output. */
export class PushHub {
  readonly #gates: Iterable<GateHandle>;
  #scratch = new Writer(1024);

  /** @param gates usable gates, iterated again for each push */
  constructor(gates: Iterable<GateHandle>) {
    this.#gates = gates;
  }

  /** Returns a target with one address for all gates. */
  target(address: PushAddress): PushTarget {
    return new WideTarget(this, () => address);
  }

  /** Returns the group of a name on all gates. */
  group(group: string): GroupTarget {
    return new GroupAddress(this, group);
  }

  /** Asks all usable gates for members of a group. Rejects with the first error. */
  async list(group: string, limit: number): Promise<GroupMembers> {
    const gates = [...this.#gates].filter(({ usable }) => usable);
    const asked = { group, limit };
    const options = { timeoutMs: adminTimeoutMs, call: "group.members" };
    const lists = await Promise.all(
      gates.map(({ link }) => link.call(admin.listGroup, ListGroup, asked, GroupList, options)),
    );
    return {
      count: lists.reduce((sum, { count }) => sum + count, 0),
      members: lists.flatMap(({ members }, at) => {
        const { gate } = gates[at]!;
        return members.map(({ session, userId, suspended }) => ({ gate, session, userId, suspended }));
      }),
    };
  }

  /** Encodes a push and sends it to all gates. `addressAt` gives the receivers at each gate. Throws as `send` does. */
  push<M>(push: PushDescriptor<M>, message: M, addressAt: (gate: GateHandle) => PushAddress): void {
    const scratch = this.#scratch;
    scratch.position = 0;
    try {
      encodeInto(scratch, push.body, message);
    } catch (error) {
      throw unencoded(push.name, error);
    }
    if (scratch.bytes.length >= keptBytes) this.#scratch = new Writer(1024);
    this.send(push.id, push.name, scratch.bytes, scratch.position, addressAt);
  }

  /** Sends an encoded push. Throws RESOURCE_EXHAUSTED when a gate does not accept the size; no gate gets the push then. */
  send(
    id: number,
    name: string,
    body: Uint8Array,
    end: number,
    addressAt: (gate: GateHandle) => PushAddress,
  ): void {
    // Checks all gates before it sends: either all gates get the push, or none.
    for (const gate of this.#gates) {
      if (gate.usable && end > gate.maxBodyBytes) throw gate.tooLarge("push", name, end);
    }
    for (const gate of this.#gates) {
      if (gate.usable) gate.pushed(gate.link.push(id, addressAt(gate), body, 0, end));
    }
  }
}

/** Adds the name of the push to an encoding error. */
export function unencoded(push: string, error: unknown): unknown {
  if (!isPhotinusError(error)) return error;
  return fail(error.code, `push ${push}: ${error.reason}`, { cause: error.cause ?? error });
}

/** Push target whose receivers may be on any gate. */
class WideTarget implements PushTarget {
  readonly #hub: PushHub;
  readonly #addressAt: (gate: GateHandle) => PushAddress;

  constructor(hub: PushHub, addressAt: (gate: GateHandle) => PushAddress) {
    this.#hub = hub;
    this.#addressAt = addressAt;
  }

  push<M>(push: PushDescriptor<M>, message: M): void {
    this.#hub.push(push, message, this.#addressAt);
  }

  pushBytes(id: number, body: Uint8Array): void {
    this.#hub.send(id, String(id), body, body.length, this.#addressAt);
  }
}

/** Group on all gates. */
class GroupAddress extends WideTarget implements GroupTarget {
  readonly #hub: PushHub;
  readonly #group: string;

  constructor(hub: PushHub, group: string) {
    const address: PushAddress = { kind: "group", group };
    super(hub, () => address);
    this.#hub = hub;
    this.#group = group;
  }

  async members(options?: MembersOptions): Promise<GroupMembers> {
    const { limit } = resolveOptions("group.members", membersRule, options);
    return this.#hub.list(this.#group, limit);
  }

  async count(): Promise<number> {
    return (await this.#hub.list(this.#group, 0)).count;
  }

  /**
   * Sends the exception only to the session's own gate: another gate may have another session of that number. Gate and number are
   * those of the time of the push, because the session may move.
   */
  except(session: Session): PushTarget {
    const group = this.#group;
    const elsewhere: PushAddress = { kind: "group", group };
    return new WideTarget(this.#hub, ({ gate }) =>
      gate === session.gate ? { kind: "group", group, except: session.number } : elsewhere,
    );
  }
}
