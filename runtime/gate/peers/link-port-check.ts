import { isLoopback } from "../../options/address-rules.ts";
import type { Path, Report } from "../../options/option-rules.ts";
import { said } from "../../options/rule-kinds.ts";
import type { GateLinkTrust } from "./allowed-peers.ts";

/** Reports a link port that other machines reach without proofs of its peers, or without TLS. */
export function checkLinkPort(
  { links, linkTrust }: { readonly links: { readonly host: string }; readonly linkTrust: GateLinkTrust },
  path: Path,
  report: Report,
): void {
  const { host } = links;
  if (isLoopback(host)) return;
  const { keys, serverTls, plaintext } = linkTrust;
  if (keys === undefined && serverTls?.asksClient !== true) {
    const wrong = `other machines can link to the gate on ${host}, and nothing proves who they are`;
    const remedy = "set linkTrust.keys, or linkTrust.serverTls that asks for certificates";
    report("wrong-kind", [...path, "links", "host"], host, said(wrong, remedy));
  }
  if (serverTls === undefined && plaintext !== true) {
    const remedy =
      "set linkTrust.serverTls, or linkTrust.plaintext for a network that only your own servers reach";
    report(
      "wrong-kind",
      [...path, "links", "host"],
      host,
      said(`links on ${host} are not encrypted`, remedy),
    );
  }
}
