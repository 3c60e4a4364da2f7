import { isNodeName, nodeNameRule } from "../../schema/node-name.ts";
import type { Rule } from "./option-rules.ts";
import { leaf, whole } from "./rule-kinds.ts";

/** Rule of a TCP port; 0 lets the system choose. */
export const port: Rule<number> = Object.freeze({
  ...whole(0, 65_535),
  expected: "a number from 1 to 65535, or 0 to let the system choose",
  noun: "a port",
  problem: "bad-port",
});

/** Rule of a host name or an IP address, without port or scheme. */
export const host: Rule<string> = leaf(
  "string",
  'an IP address or a host name alone, such as "127.0.0.1" (this machine) or "0.0.0.0" (every network)',
  (value) => typeof value === "string" && value.length <= 253 && isHost(value),
  { noun: "a host", problem: "bad-host" },
);

/** Whether a text is an IPv6 address, an IPv4 address or a host name. Digits and dots alone must be an IPv4 address. */
function isHost(value: string): boolean {
  if (value.includes(":")) return /^[0-9a-fA-F:.]+$/.test(value) && value.split(":").length >= 3;
  if (/^[\d.]+$/.test(value))
    return /^\d{1,3}(\.\d{1,3}){3}$/.test(value) && value.split(".").every((n) => +n <= 255);
  return /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/.test(value);
}

/** Rule of the name of a gate, node or role, which appears in addresses, logs and command lines. */
export const nodeName: Rule<string> = leaf("string", nodeNameRule, isNodeName, {
  noun: "a name",
  problem: "bad-name",
});

/**
 * Makes a rule of a name that matches a pattern.
 *
 * @param rule the pattern in words, for errors
 */
export function word(pattern: RegExp, rule: string): Rule<string> {
  return leaf("string", rule, (value) => typeof value === "string" && pattern.test(value), {
    noun: "a name",
    problem: "bad-name",
  });
}

/** Makes a rule of a string that is not empty, such as a path. */
export function filled(rule: string): Rule<string> {
  return leaf("string", rule, (value) => typeof value === "string" && value !== "");
}

/** Whether a host stands for every network of a machine. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::" || host === "[::]";
}

/** Whether a host is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
