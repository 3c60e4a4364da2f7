import { doors, moved, open, type Pair, pair } from "./pair.ts";

const knock = "rpc Knock(Ask) returns (Got) {\n  option (photinus.command) = { id: 2 };\n}";
const both = "old client, new client";

/** Changes of ids, kinds and bodies of commands, pushes and methods. */
export const commands: readonly Pair[] = [
  pair("the id of a command changes", doors(open("")), doors(open("").replace("id: 1", "id: 5")), [
    `command-id-changed B | ${both}`,
  ]),
  pair("the id of a push changes", doors(moved("")), doors(moved("").replace("id: 9", "id: 8")), [
    "command-id-changed B | old client",
  ]),
  pair(
    "the id of a deleted command is used again",
    doors(`${open("")}\n${knock}`),
    doors(`${open("")}\nrpc Close(Ask) returns (Got) {\n  option (photinus.command) = { id: 2 };\n}`),
    [`command-id-reused B | ${both}`],
  ),
  pair(
    "a command moves to the id of a deleted one",
    doors(`${open("")}\n${knock}`),
    doors(open("").replace("id: 1", "id: 2")),
    ["command-deleted B | old client", `command-id-reused B | ${both}`],
  ),
  pair(
    "a reserved id is used again",
    doors(open(""), { service: 'role: "house" reserved: [2]' }),
    doors(`${open("")}\n${knock}`),
    ["id-reservation-removed S! | old client", `command-id-reused B | ${both}`].sort(),
  ),
  pair(
    "two commands swap their ids",
    doors(`${open("")}\n${knock}`),
    doors(`${open("").replace("id: 1", "id: 2")}\n${knock.replace("id: 2", "id: 1")}`),
    [`command-ids-swapped B | ${both}`, `command-ids-swapped B | ${both}`],
  ),
  pair(
    "a command takes the id of another, which moves on",
    doors(`${open("")}\n${knock}`),
    doors(`${open("").replace("id: 1", "id: 2")}\n${knock.replace("id: 2", "id: 3")}`),
    [`command-id-changed B | ${both}`, `command-ids-swapped B | ${both}`],
  ),
  pair(
    "a command and a push swap their ids",
    doors(`${open("")}\n${moved("")}`),
    doors(`${open("").replace("id: 1", "id: 9")}\n${moved("").replace("id: 9", "id: 1")}`),
    [`command-ids-swapped B | ${both}`, "command-ids-swapped B | old client"].sort(),
  ),
  pair("a command is deleted", doors(`${open("")}\n${knock}`), doors(open("")), [
    "command-deleted B | old client",
  ]),
  pair(
    "a command is deleted, and its id reserved",
    doors(`${open("")}\n${knock}`),
    doors(open(""), { service: 'role: "house" reserved: [2]' }),
    ["command-deleted C | old client"],
  ),
  pair("a push is deleted", doors(`${open("")}\n${moved("")}`), doors(open("")), [
    "command-deleted B | old client",
  ]),
  pair(
    "a push is deleted, and its id reserved",
    doors(`${open("")}\n${moved("")}`),
    doors(open(""), { service: 'role: "house" reserved: 9' }),
    ["command-deleted C | old client"],
  ),
  pair(
    "a service is deleted with its commands",
    doors(open(""), {
      more: 'service Gone {\n  option (photinus.service) = { role: "gone" };\n  rpc Go(Ask) returns (Got) { option (photinus.command) = { id: 7 }; }\n}\n',
    }),
    doors(open("")),
    ["command-deleted B | old client"],
  ),
  pair(
    "a request becomes a push",
    doors(open("")),
    doors("rpc Open(Ask) returns (photinus.Push) {\n  option (photinus.push) = { id: 1 };\n}"),
    [`kind-changed B | ${both}`],
  ),
  pair(
    "a push becomes a notify",
    doors(moved("")),
    doors("rpc Moved(Ask) returns (photinus.None) {\n  option (photinus.command) = { id: 9 };\n}"),
    [`kind-changed B | ${both}`],
  ),
  pair(
    "a request changes its type",
    doors(open(""), { more: "message Other { string text = 1; }\n" }),
    doors(open("").replace("(Ask)", "(Other)"), { more: "message Other { string text = 1; }\n" }),
    [`request-type-changed B | ${both}`],
  ),
  pair(
    "a push changes its type",
    doors(moved(""), { more: "message Other { string text = 1; }\n" }),
    doors(moved("").replace("(Ask)", "(Other)"), { more: "message Other { string text = 1; }\n" }),
    ["request-type-changed B | old client"],
  ),
  pair(
    "a reply changes its type",
    doors(open(""), { more: "message Other { string text = 1; }\n" }),
    doors(open("").replace("(Got)", "(Other)"), { more: "message Other { string text = 1; }\n" }),
    [`reply-type-changed B | ${both}`],
  ),
  pair("a reply becomes opaque bytes", doors(open("")), doors(open("").replace("(Got)", "(photinus.Raw)")), [
    `reply-type-changed B | ${both}`,
  ]),
  pair("a notify gets a reply", doors(open("").replace("(Got)", "(photinus.None)")), doors(open("")), [
    `reply-added B | ${both}`,
  ]),
  pair("a request loses its reply", doors(open("")), doors(open("").replace("(Got)", "(photinus.None)")), [
    `reply-removed B | ${both}`,
  ]),
  pair(
    "a message of a request is renamed",
    doors(open("")),
    doors(open("").replace("(Ask)", "(Question)")).replace("message Ask", "message Question"),
    ["type-renamed S! | other SDK"],
  ),
  pair(
    "a request uses an equal message, and the former one stays",
    doors(open(""), { more: "message Same {\n  uint32 door = 1;\n  uint32 room = 2;\n}\n" }),
    doors(open("").replace("(Ask)", "(Same)"), {
      more: "message Same {\n  uint32 door = 1;\n  uint32 room = 2;\n}\n",
    }),
    ["type-renamed S! | other SDK"],
  ),
  pair(
    "photinus rename renames a command",
    doors(open("")),
    doors(open("").replace("Open", "Unlock")),
    ["call-renamed S! | other SDK"],
    { renamedCalls: { "e.Doors.Open": "e.Doors.Unlock" } },
  ),
  pair(
    "photinus rename renames the message of a request, which also gets a field",
    doors(open("")),
    doors(open("").replace("(Ask)", "(Question)"))
      .replace("message Ask", "message Question")
      .replace("room = 2;", "room = 2;\n  uint32 hall = 3;"),
    ["field-added S", "type-renamed S! | other SDK"],
    { renamedTypes: { "e.Ask": "e.Question" } },
  ),
  pair("a service is renamed", doors(open("")), doors(open("")).replace("service Doors", "service Gates"), [
    "call-renamed S! | other SDK",
  ]),
  pair("a command is added", doors(open("")), doors(`${open("")}\n${knock}`), ["call-added S"]),
  pair("a push is added", doors(open("")), doors(`${open("")}\n${moved("")}`), ["push-added S"]),
  pair(
    "a command is deprecated",
    doors(open("")),
    doors(open("").replace("\n}", "\n  option deprecated = true;\n}")),
    ["deprecated S"],
  ),
  pair(
    "a command is not deprecated any more",
    doors(open("").replace("\n}", "\n  option deprecated = true;\n}")),
    doors(open("")),
    ["deprecation-withdrawn S"],
  ),
  pair(
    "a comment gives another unit",
    doors(open("")).replace("  uint32 room", "  // Distance in metres.\n  uint32 room"),
    doors(open("")).replace("  uint32 room", "  // Distance in feet.\n  uint32 room"),
    ["comment-changed S"],
  ),
  pair(
    "the reservation of an id is removed",
    doors(open(""), { service: 'role: "house" reserved: [5, 6]' }),
    doors(open(""), { service: 'role: "house" reserved: [6]' }),
    ["id-reservation-removed S! | old client"],
  ),
];

const desk = (rpcs: string) =>
  doors(open(""), {
    more: `service Desk {\n  option (photinus.service) = { role: "desk" audience: NODES };\n  ${rpcs}\n}\n`,
  });
const ring = (options: string) =>
  `rpc Ring(Ask) returns (Got) { option (photinus.method) = { id: 4 ${options} }; }`;

/** Changes of methods between nodes. */
export const methods: readonly Pair[] = [
  pair("a method is added", desk(ring("")), desk(`${ring("")}\n  rpc Call(Ask) returns (Got);`), [
    "call-added S",
  ]),
  pair("a method is deleted", desk(`${ring("")}\n  rpc Call(Ask) returns (Got);`), desk(ring("")), [
    "method-deleted R | old node",
  ]),
  pair("the id of a method changes", desk(ring("")), desk(ring("").replace("id: 4", "id: 5")), [
    "command-id-changed B | old node",
  ]),
  pair("a method is not idempotent any more", desk(ring("idempotent: true")), desk(ring("")), [
    "idempotent-withdrawn R | old node",
  ]),
  pair("a method becomes idempotent", desk(ring("")), desk(ring("idempotent: true")), [
    "idempotent-added R | old node",
  ]),
  pair("the timeout of a method is shortened", desk(ring("")), desk(ring("timeout_ms: 100")), [
    "timeout-lowered R | old node",
  ]),
  pair("a method is routed by a field", desk(ring("")), desk(ring('route: { hash: "door" }')), [
    "route-changed R M | old node, stored rows",
  ]),
  pair("a method loses its reply", desk(ring("")), desk(ring("").replace("(Got)", "(photinus.None)")), [
    "reply-removed B | old node",
  ]),
  pair(
    "the package of a file changes",
    desk("rpc Call(Ask) returns (Got);"),
    desk("rpc Call(Ask) returns (Got);").replace("package e;", "package other;"),
    ["command-id-changed B | old node", "package-changed B | old node, other SDK"],
  ),
  pair(
    "a service for clients becomes one for nodes",
    doors(open("")),
    doors("rpc Open(Ask) returns (Got) {\n  option (photinus.method) = { id: 1 };\n}", {
      service: 'role: "house" audience: NODES',
    }),
    [`kind-changed B | ${both}, old node`],
  ),
];
