import type { Rule } from "./rule.ts";

const keepId = "restore the former id; for another meaning add a command with an id that was never used";
const serversFirst = "replace all nodes before clients of the new release ship";

/** Rules of commands, pushes, methods and their services, by name. */
export const callRules = {
  // Commands, pushes and methods.
  "command-id-changed": {
    number: 1,
    classes: ["B"],
    title: "Id of a command, push or method changed",
    remedy: keepId,
  },
  "command-id-reused": {
    number: 2,
    classes: ["B"],
    title: "Id of a deleted call used again",
    remedy:
      "use an id that was never used, and reserve the old one in (photinus.service); if the call was only renamed, run " +
      "photinus rename",
  },
  "command-ids-swapped": { number: 3, classes: ["B"], title: "Ids swapped or moved", remedy: keepId },
  "command-deleted": {
    number: 4,
    classes: ["B"],
    title: "Command or push deleted",
    remedy:
      "mark it deprecated first; delete it once no supported client uses it, and reserve its id: reserved: [ID] in " +
      "(photinus.service)",
  },
  "method-deleted": {
    classes: ["R"],
    title: "Method of nodes deleted",
    remedy: "replace the nodes that call it first, then delete it",
  },
  "kind-changed": {
    number: 5,
    classes: ["B"],
    title: "Command became a push or a method, or the reverse",
    remedy: "restore the former declaration; add the new kind under another name and id",
    buf: ["RPC_SAME_RESPONSE_TYPE"],
  },
  "request-type-changed": {
    number: 6,
    classes: ["B"],
    title: "Body of a request or push changed its type",
    remedy: "restore the former type and add fields to it, or add a command with a new id",
    buf: ["RPC_SAME_REQUEST_TYPE"],
  },
  "reply-type-changed": {
    number: 6,
    classes: ["B"],
    title: "Reply changed its type",
    remedy: "restore the former type and add fields to it, or add a command with a new id",
    buf: ["RPC_SAME_RESPONSE_TYPE"],
  },
  "reply-added": {
    number: 7,
    classes: ["B"],
    title: "Notify became a request",
    remedy: "add a request with a new id beside the notify",
    buf: ["RPC_SAME_RESPONSE_TYPE"],
  },
  "reply-removed": {
    number: 7,
    classes: ["B"],
    title: "Request became a notify",
    remedy: "add a notify with a new id beside the request",
    buf: ["RPC_SAME_RESPONSE_TYPE"],
  },
  "auth-raised": {
    number: 8,
    classes: ["C"],
    title: "Auth level raised",
    remedy: "ship clients that log in first, and raise their minimum version before the level",
  },
  "auth-lowered": {
    number: 8,
    classes: ["S!"],
    title: "Auth level lowered",
    remedy: "restore the level; if more sessions shall use the command, acknowledge the change",
  },
  "rate-lowered": {
    number: 9,
    classes: ["C"],
    title: "Rate limit tightened",
    remedy: "ship clients that stay within the new rate, and raise their minimum version first",
  },
  "size-lowered": {
    number: 9,
    classes: ["C"],
    title: "Largest body tightened",
    remedy: "ship clients that send smaller bodies, and raise their minimum version first",
  },
  "timeout-lowered": {
    number: 9,
    classes: ["C"],
    title: "Timeout shortened",
    remedy:
      "measure the latency of the handler; ship clients that retry, and raise their minimum version first",
  },
  "limit-loosened": {
    number: 9,
    classes: ["S"],
    title: "Rate, size or timeout loosened",
    remedy: "none needed; check that nodes bear the load",
  },
  "role-moved": {
    number: 10,
    classes: ["R"],
    title: "Service or command moved to another role",
    remedy: "start nodes of the new role, replace the gates, then stop the nodes of the former role",
  },
  "route-changed": {
    number: 11,
    classes: ["R", "M"],
    title: "Kind or key of a route changed",
    remedy:
      "add a command with the new route and a new id; or stop all nodes of the role, so that no player has two owners",
  },
  "lane-changed": {
    number: 12,
    classes: ["R"],
    title: "Lane changed",
    remedy: "replace all gates and nodes before handlers depend on the order of the new lane",
  },
  "delivery-weakened": {
    number: 13,
    classes: ["C"],
    title: "Delivery class weakened",
    remedy: "ship clients that tolerate lost pushes first, or add a push with a new id",
  },
  "delivery-strengthened": {
    classes: ["S"],
    title: "Delivery class strengthened",
    remedy: "none needed; slow clients are disconnected instead of losing pushes",
  },
  "key-changed": {
    classes: ["C"],
    title: "Key field of a push changed",
    remedy: "add a push with the new key and a new id; old clients expect one push for each former key",
  },
  "tick-changed": {
    classes: ["S"],
    title: "Tick of a push changed",
    remedy: "none needed; a longer tick adds latency, and a shorter one costs the gate more",
  },
  "idempotent-withdrawn": {
    number: 14,
    classes: ["B"],
    title: "Idempotence withdrawn",
    remedy:
      "keep the handler idempotent for this id, and add a command with a new id for the other behaviour",
  },
  "idempotent-added": {
    classes: ["R"],
    title: "Idempotence declared",
    remedy:
      "replace all nodes with handlers that bear a second run, then the gates, before clients of the new release ship",
  },
  "push-added": {
    number: 15,
    classes: ["S"],
    title: "Push added",
    remedy: "none needed; old clients ignore a push that they do not know",
  },
  "call-added": {
    classes: ["S"],
    title: "Command or method added",
    remedy: `none needed; ${serversFirst}`,
  },
  "call-renamed": {
    classes: ["S!"],
    title: "Command, push or method renamed",
    remedy: "acknowledge it when the meaning is the former one; callers use the new name after an update",
  },
  "compress-allowed": {
    classes: ["S!"],
    title: "Compression allowed where it was forbidden",
    remedy: "acknowledge it when no body mixes a secret with text that a player chooses",
  },
  "compress-forbidden": { classes: ["S"], title: "Compression forbidden", remedy: "none needed" },
  "min-release-changed": {
    classes: ["R"],
    title: "Least release of the nodes that get a call changed",
    remedy:
      "start nodes of that release before the gates of the new schema; older nodes get the call no more, or again",
  },
  "thread-changed": {
    classes: ["S"],
    title: "Handler moved to or from a worker thread",
    remedy: "none needed",
  },
  "id-reservation-removed": {
    classes: ["S!"],
    title: "Reserved id of a removed call released",
    remedy: "restore the reservation; old clients still send the id",
  },
  // Errors.
  "error-code-renumbered": {
    number: 30,
    classes: ["B"],
    title: "Error code renumbered or removed",
    remedy: "restore the number; add a code with a number that was never used",
  },
  "error-code-added": {
    classes: ["C"],
    title: "Error code added",
    remedy: "ship clients that know the code first; older ones show UNKNOWN",
  },
  // Releases.
  "releases-cut-off": {
    number: 33,
    classes: ["C"],
    title: "Range of supported releases shrunk",
    remedy:
      "ship an update to these clients, then raise the minimum with photinus clients --min-release, which shows how many are connected, and only then the schema",
  },
} as const satisfies Readonly<Record<string, Rule>>;
