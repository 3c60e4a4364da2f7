import type { Clock } from "../../clock/clock.ts";
import type { Counters } from "../../log/counters.ts";
import type { Logger } from "../../log/logger.ts";
import { LinkKeys } from "../../rpc/trust/link-keys.ts";
import type { LinkTrust } from "../../rpc/trust/link-trust.ts";
import type { ResolvedLinks } from "../topology/resolved-topology.ts";

/** Protection of the links of one gate or node, read from its files and variables. */
export interface OpenLinkTrust {
  readonly trust: LinkTrust;
  /** Ends the watch of the files. */
  close(): void;
}

/** Protection of links as a process has it. */
export interface HostLinks extends ResolvedLinks {
  /** Random key of the process that has started this one; undefined where keys are configured or none is used. */
  readonly startKey: string | undefined;
}

/**
 * Reads the keys and certificates of links, and watches their files. Rejects with FAILED_PRECONDITION that names an unusable file
 * or variable.
 */
export async function openLinkTrust(
  { keys, startKey }: HostLinks,
  outside: { readonly clock: Clock; readonly log: Logger; readonly counters?: Counters },
): Promise<OpenLinkTrust> {
  if (keys.length === 0) {
    return { trust: startKey === undefined ? {} : { keys: LinkKeys.of(startKey) }, close: () => {} };
  }
  const read = LinkKeys.read(keys);
  const watch = read.watch(outside.clock, outside.log);
  return { trust: { keys: read }, close: () => watch.stop() };
}
