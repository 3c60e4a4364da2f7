import { resolve } from "node:path";
import type { AuthOptions } from "../../../gate/auth/auth-options.ts";
import { isLoopback } from "../../../options/address-rules.ts";
import type { Path } from "../../../options/option-rules.ts";
import type { Problems } from "../../diagnosis/topology-problem.ts";
import { defaultHost } from "../resolved-topology.ts";
import type { GateTopology } from "../topology.ts";

/** Resolves how a gate judges tickets. A gate that other machines reach, and that names no way, gets a warning. */
export function resolveAuth(
  { auth, listen }: GateTopology,
  path: Path,
  directory: string,
  problems: Problems,
): "none" | AuthOptions | undefined {
  const { host = defaultHost } = listen;
  if (auth === undefined && !isLoopback(host)) {
    const wrong = `clients of other machines can enter on ${host} without a ticket`;
    const remedy = 'set auth: { jwt: { ... } } or auth: { role: "..." }, or auth: "none" where that is meant';
    problems.add("auth-missing", [...path, "auth"], wrong, remedy);
  }
  if (auth === undefined || auth === "none" || auth.jwt?.keyFile === undefined) return auth;
  return { ...auth, jwt: { ...auth.jwt, keyFile: resolve(directory, auth.jwt.keyFile) } };
}

/**
 * Resolves whether a gate accepts classic connections, which carry no ticket and are not encrypted: by default only from this machine.
 * Another default than before gets a warning.
 */
export function resolveClassic(
  { classic, session, listen }: GateTopology,
  path: Path,
  problems: Problems,
): boolean {
  const { host = defaultHost } = listen;
  if (classic !== undefined || isLoopback(host)) return classic ?? true;
  if (session === false) {
    const wrong = `neither session connections nor classic ones, which are off by default on ${host}, are accepted`;
    problems.add("missing-option", [...path, "classic"], wrong, "set classic or session to true");
  } else {
    const wrong = `classic connections are off by default on ${host}: they carry no ticket`;
    problems.add(
      "classic-off",
      [...path, "classic"],
      wrong,
      "set classic to false, or to true for gfirefly clients",
    );
  }
  return false;
}

/** Checks that every role that judges tickets has a node. Returns these roles. */
export function checkAuthRoles(
  gates: readonly (readonly [number, GateTopology])[],
  roles: readonly string[],
  problems: Problems,
): string[] {
  return gates.flatMap(([index, { auth }]) => {
    if (auth === undefined || auth === "none" || auth.role === undefined) return [];
    if (!roles.includes(auth.role)) {
      const wrong = `no node has the role "${auth.role}" that judges tickets`;
      problems.add("role-missing", ["gates", index, "auth", "role"], wrong, "add a node of this role");
    }
    return [auth.role];
  });
}
