import type { MethodEntry, Protocol } from "../../../runtime/api/protocol.ts";

/** A protocol with one command for each of some roles, and one method for each of others. */
export function sampleProtocol(
  commandRoles: readonly string[],
  methodRoles: readonly string[] = [],
): Protocol {
  return {
    fingerprint: "0123456789abcdef",
    commands: commandRoles.map((role, index) => ({
      id: index + 1,
      name: `sample.${role}`,
      role,
      kind: "request",
      auth: "anyone",
      maxBytes: 0,
      timeoutMs: 1000,
      lane: "",
      route: { kind: "session" },
      rate: undefined,
      idempotent: false,
      heavy: false,
    })),
    pushes: [],
    methods: methodRoles.map(
      (role, index): MethodEntry => ({
        id: index + 1,
        name: `sample.${role}.Method`,
        role,
        kind: "request",
        timeoutMs: 1000,
        route: { kind: "round-robin" },
      }),
    ),
  };
}
