import { firstControlCommand } from "../../wire/frame/frame-format.ts";
import type { WrongNotify } from "../route/router.ts";

/** Violation of the protocol: its name in counters and logs, and the reason for the client. */
export interface Violation {
  readonly what: string;
  readonly reason: string;
}

/**
 * Returns why a client is kicked for a notify that no server accepts, because a notify has no answer to carry the error; undefined
 * for a command that a newer server may know, which only counts as refused.
 */
export function violationOf(command: number, wrong: WrongNotify): Violation | undefined {
  if (wrong === "request") {
    const reason = `command ${command} is a request, but arrived as a notify`;
    return { what: "client.closed.notify", reason };
  }
  if (wrong === "unknown" && (command === 0 || command >= firstControlCommand))
    return { what: "client.closed.command", reason: `invalid command id ${command} of a notify` };
  return undefined;
}
