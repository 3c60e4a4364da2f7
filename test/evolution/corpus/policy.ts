import { doors, moved, open, type Pair, pair } from "./pair.ts";

const knock = "rpc Knock(Ask) returns (Got) {\n  option (photinus.command) = { id: 2 };\n}";

/** A pair in which only the options of the request Open change. */
function options(name: string, before: string, after: string, expected: readonly string[]): Pair {
  return pair(name, doors(open(before)), doors(open(after)), expected);
}

/** Schema whose request has a message At with further numbers. */
function nested(options: string): string {
  const more = "message At {\n  uint32 room = 1;\n  uint32 floor = 2;\n}\n";
  return doors(open(options), { more }).replace("uint32 room = 2;\n}", "At at = 2;\n}");
}

/** A pair in which only the options of the push Moved change. */
function pushes(name: string, before: string, after: string, expected: readonly string[]): Pair {
  return pair(name, doors(moved(before)), doors(moved(after)), expected);
}

/** Changes of the policy of calls: auth, limits, routes, lanes, delivery. */
export const policy: readonly Pair[] = [
  options("the auth of a command rises", "auth: USER", "auth: ADMIN", ["auth-raised C | old client"]),
  options("the auth of a command falls", "auth: ADMIN", "auth: ANYONE", ["auth-lowered S!"]),
  pair(
    "the auth of a service falls",
    doors(open(""), { service: 'role: "house" auth: USER' }),
    doors(open(""), { service: 'role: "house" auth: ANYONE' }),
    ["auth-lowered S!"],
  ),
  options("a rate is set", "", 'rate: "5/s"', ["rate-lowered C | old client"]),
  options("a rate is lowered", 'rate: "5/s"', 'rate: "4/s"', ["rate-lowered C | old client"]),
  options("a rate allows more on average and smaller bursts", 'rate: "100/m"', 'rate: "3/s"', [
    "rate-lowered C | old client",
  ]),
  options("a rate is raised", 'rate: "5/s"', 'rate: "6/s"', ["limit-loosened S"]),
  options("a rate is removed", 'rate: "5/s"', "", ["limit-loosened S"]),
  options("the largest body is set", "", "max_bytes: 64", ["size-lowered C | old client"]),
  options("the largest body shrinks", "max_bytes: 64", "max_bytes: 32", ["size-lowered C | old client"]),
  options("the largest body grows", "max_bytes: 32", "max_bytes: 64", ["limit-loosened S"]),
  options("the timeout is shortened", "", "timeout_ms: 1000", ["timeout-lowered C | old client"]),
  options("the timeout is extended", "timeout_ms: 1000", "timeout_ms: 2000", ["limit-loosened S"]),
  pair("a service moves to another role", doors(open("")), doors(open(""), { service: 'role: "castle"' }), [
    "role-moved R | old node",
  ]),
  pair(
    "a command moves to a service of another role",
    doors(`${open("")}\n${moved("")}`),
    doors(moved(""), {
      more: `service Castle {\n  option (photinus.service) = { role: "castle" };\n${open("")}\n}\n`,
    }),
    ["call-renamed S! | other SDK", "role-moved R | old node"],
  ),
  pair(
    "a service of pushes alone moves to another role",
    doors(moved("")),
    doors(moved(""), { service: 'role: "castle"' }),
    ["role-moved S"],
  ),
  pair(
    "a push moves to a service of another role",
    doors(`${open("")}\n${moved("")}`),
    doors(open(""), {
      more: `service Castle {\n  option (photinus.service) = { role: "castle" };\n${moved("")}\n}\n`,
    }),
    ["call-renamed S! | other SDK", "role-moved S"],
  ),
  options("a command is routed by a field", "", 'route: { hash: "room" }', [
    "route-changed R M | old node, stored rows",
  ]),
  options("the field of a route changes", 'route: { hash: "door" }', 'route: { hash: "room" }', [
    "route-changed R M | old node, stored rows",
  ]),
  options(
    "a route by field becomes one by turns",
    'route: { hash: "door" }',
    "route: { round_robin: true }",
    ["route-changed R M | old node, stored rows"],
  ),
  options("a route names another node", 'route: { node: "a" }', 'route: { node: "b" }', [
    "route-changed R M | old node, stored rows",
  ]),
  pair(
    "the field of a route is renamed",
    doors(open('route: { hash: "room" }')),
    doors(open('route: { hash: "hall" }')).replace("uint32 room", "uint32 hall"),
    ["field-renamed S! | other SDK"],
  ),
  pair(
    "the nested field of a route changes",
    nested('route: { hash: "at.room" }'),
    nested('route: { hash: "at.floor" }'),
    ["route-changed R M | old node, stored rows"],
  ),
  pair(
    "the nested field of a route is renamed",
    nested('route: { hash: "at.room" }'),
    nested('route: { hash: "at.hall" }').replace("uint32 room = 1", "uint32 hall = 1"),
    ["field-renamed S! | other SDK"],
  ),
  pair(
    "the field of a route is widened",
    doors(open('route: { hash: "room" }')),
    doors(open('route: { hash: "room" }')).replace("uint32 room", "uint64 room"),
    ["field-widened R | new client, other SDK"],
  ),
  pair("a command gets a lane", doors(`${open("")}\n${knock}`), doors(`${open('lane: "doors"')}\n${knock}`), [
    "lane-changed R | old node",
  ]),
  options("a command leaves all lanes", 'lane: "doors"', 'lane: "*"', ["lane-changed R | old node"]),
  options("a command is not idempotent any more", "idempotent: true", "", [
    "idempotent-withdrawn B | old client",
  ]),
  pair(
    "a notify is not idempotent any more",
    doors(open("idempotent: true").replace("(Got)", "(photinus.None)")),
    doors(open("").replace("(Got)", "(photinus.None)")),
    [],
  ),
  options("a command becomes idempotent", "", "idempotent: true", [
    "idempotent-added R | new client, old node",
  ]),
  options("a command comes for nodes of the next release only", "", "min_release: 2", [
    "min-release-changed R | old node",
  ]),
  options("a command comes for older nodes again", "min_release: 2", "", [
    "min-release-changed R | old node",
  ]),
  options("a handler moves to a worker thread", "", "heavy: true", ["thread-changed S"]),
  options("compression is forbidden", "", "compress: NEVER", ["compress-forbidden S"]),
  options("compression is allowed", "compress: NEVER", "", ["compress-allowed S!"]),
  pushes("a reliable push becomes the latest one", "", "delivery: LATEST", [
    "delivery-weakened C | old client",
  ]),
  pushes("a reliable push becomes droppable", "", "delivery: DROPPABLE", [
    "delivery-weakened C | old client",
  ]),
  pushes("the tick of a push is longer", "delivery: LATEST", "delivery: LATEST tick_ms: 100", [
    "tick-changed S",
  ]),
  pushes("the latest push becomes reliable", "delivery: LATEST", "", ["delivery-strengthened S"]),
  pushes("the key of a push changes", 'delivery: LATEST key: "door"', 'delivery: LATEST key: "room"', [
    "key-changed C | old client",
  ]),
  pushes("the key of a push is removed", 'delivery: LATEST key: "door"', "delivery: LATEST", [
    "key-changed C | old client",
  ]),
  pair(
    "an error code gets another number",
    doors(open("")),
    doors(open("")),
    ["error-code-renumbered B | old client, new client, old node, other SDK"],
    { errors: { before: { NOT_FOUND: 5 }, after: { NOT_FOUND: 6 } } },
  ),
  pair(
    "an error code is removed",
    doors(open("")),
    doors(open("")),
    ["error-code-renumbered B | old client, new client, old node, other SDK"],
    { errors: { before: { NOT_FOUND: 5, ABORTED: 10 }, after: { NOT_FOUND: 5 } } },
  ),
  pair(
    "an error code is added",
    doors(open("")),
    doors(open("")),
    ["error-code-added C | old client, old node"],
    { errors: { before: { NOT_FOUND: 5 }, after: { NOT_FOUND: 5, GONE: 18 } } },
  ),
];
