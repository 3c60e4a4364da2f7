import type { CountedLog } from "../log/counted-log.ts";
import { decode } from "../wire/codec/codec-runtime.ts";
import { LinkHello, LinkWelcome } from "../wire/generated/photinus/link.ts";
import type { Link } from "./link.ts";
import { admin, adminTimeoutMs, linkVersion } from "./link-administration.ts";

/** Peer that introduces itself to a gate; see the fields of this name in `LinkHello`. */
export type Introduced = Omit<LinkHello, "version">;

/**
 * Sends hello over a new link to a gate. Calls `onWelcome` with the gate's answer, before the next message of the gate is delivered.
 * Destroys the link when the gate refuses the hello.
 *
 * @param to address of the gate, for logs
 */
export function introduce(
  link: Link,
  self: Introduced,
  to: string,
  log: CountedLog,
  onWelcome: (welcome: LinkWelcome) => void,
): void {
  link.ask(admin.hello, LinkHello, { ...self, version: linkVersion }, adminTimeoutMs, undefined, {
    // Not by a promise: later messages of the same chunk must find the gate welcomed.
    answer: (bytes, start, end) => {
      try {
        onWelcome(decode(LinkWelcome, bytes, start, end));
      } catch (error) {
        log.error({ err: error, gate: link.peer }, "failed to read a gate's welcome");
        link.destroy("failed to read the welcome");
      }
    },
    failure: (code, message) => {
      log.error({ code, message, gate: link.peer }, "link refused by a gate", to);
      link.destroy("refused by the gate");
    },
  });
}
