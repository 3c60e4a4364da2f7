import { isNodeName, nodeNameRule } from "../../schema/node-name.ts";
import type { Rule } from "./option-rules.ts";
import { leaf, whole } from "./rule-kinds.ts";

/** A TCP port; 0 stands for one that the system chooses. */
export const port: Rule<number> = Object.freeze({
  ...whole(0, 65_535),
  expected: "a number from 1 to 65535, or 0 to let the system choose",
  noun: "a port",
  problem: "bad-port",
});

/** A host name or an IP address, without port or scheme. */
export const host: Rule<string> = leaf(
  "text",
  'an IP address or a host name alone, such as "127.0.0.1" (this machine) or "0.0.0.0" (every network)',
  (value) => typeof value === "string" && value.length <= 253 && isHost(value),
  { noun: "a host", problem: "bad-host" },
);

function isHost(value: string): boolean {
  if (value.includes(":")) return /^[0-9a-fA-F:.]+$/.test(value) && value.split(":").length >= 3;
  if (/^[\d.]+$/.test(value))
    return /^\d{1,3}(\.\d{1,3}){3}$/.test(value) && value.split(".").every((n) => +n <= 255);
  return /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/.test(value);
}

/** The name of a gate, node or role: it stands in addresses, logs and command lines. */
export const nodeName: Rule<string> = leaf("text", nodeNameRule, isNodeName, {
  noun: "a name",
  problem: "bad-name",
});

/** A text of certain characters, which `rule` says in words. */
export function word(pattern: RegExp, rule: string): Rule<string> {
  return leaf("text", rule, (value) => typeof value === "string" && pattern.test(value), {
    noun: "a name",
    problem: "bad-name",
  });
}

/** A text that is not empty, such as a path. */
export function filled(rule: string): Rule<string> {
  return leaf("text", rule, (value) => typeof value === "string" && value !== "");
}
