import { readFileSync } from "node:fs";

/** Descriptors that a process of Node.js has open besides those of connections, with some to spare. */
const ownDescriptors = 128;

/**
 * Throws when a process may not have so many connections at a time: `ulimit -n` is too low. Checks nothing where the system does not
 * tell (the limit is read as Linux writes it).
 */
export function needDescriptors(connections: number): void {
  let limits: string;
  try {
    limits = readFileSync("/proc/self/limits", "utf8");
  } catch {
    return;
  }
  const [, most = ""] = /^Max open files +(\S+)/m.exec(limits) ?? [];
  const needed = connections + ownDescriptors;
  if (most === "unlimited" || Number(most) >= needed) return;
  throw new Error(
    `${connections} connections need ${needed} open files in each process; the limit is ${most}. Raise it (ulimit -n ${needed}), or ask for fewer sessions`,
  );
}
