import { describe, expect, test } from "vitest";
import { modelOf, withoutPlaces } from "../../../../codegen/evolution/model/model-of.ts";
import type { ProtocolModel } from "../../../../codegen/evolution/model/protocol-model.ts";
import { modelOf as schemaOf } from "../load/schemas.ts";

const head = 'syntax = "proto3";\npackage e;\nimport "photinus/options.proto";\n';

const text = `${head}
// Doors of a house.
service Doors {
  option (photinus.service) = { role: "house" auth: USER reserved: [9, 7] };
  // Opens a door.
  rpc Open(Door) returns (Opened) {
    option (photinus.command) = { id: 1 auth: ADMIN rate: "5/s" max_bytes: 64 timeout_ms: 900 lane: "doors" route: { hash: "where.room" } idempotent: true };
    option deprecated = true;
  }
  rpc Knock(Door) returns (photinus.None) { option (photinus.command) = { id: 2 }; }
  rpc Moved(Door) returns (photinus.Push) { option (photinus.push) = { id: 3 delivery: LATEST key: "id" compress: NEVER }; }
}
service Desk {
  option (photinus.service) = { role: "desk" audience: NODES };
  rpc Ring(photinus.Raw) returns (photinus.None) { option (photinus.method) = { id: 5 heavy: true }; }
}
message Where { uint32 room = 1; }
message Door {
  reserved 4, 5, 9 to 11;
  reserved "lock";
  uint64 id = 1 [jstype = JS_NUMBER];
  Where where = 2;
  oneof state { bool open = 3; string note = 6 [(photinus.data) = PERSONAL, deprecated = true]; }
  map<string, Colour> colours = 7 [json_name = "paint"];
  repeated int32 steps = 8 [packed = false];
}
message Opened { optional string by = 1; }
enum Colour { reserved 2; NONE = 0; RED = 1; }
message House {
  option (photinus.table) = { name: "house" database: "town" durability: WRITE_THROUGH ttl_s: 60 index: { columns: ["b", "a"] unique: true } };
  uint64 id = 1 [(photinus.column) = { primary_key: true auto_increment: true }];
  string a = 2 [(photinus.column) = { max_length: 20 name: "aa" index: true }];
  uint32 b = 3 [(photinus.column) = { unique: true }];
}
`;

async function taken(files: Readonly<Record<string, string>>): Promise<ProtocolModel> {
  return modelOf(await schemaOf(files));
}

describe("the snapshot of a protocol", () => {
  test("has shapes and policy of every declaration, without defaults", async () => {
    const { calls, services, messages, enums } = withoutPlaces(await taken({ "e.proto": text }));
    expect(services.map(({ said, ...one }) => one)).toEqual([
      { name: "e.Desk", role: "desk", audience: "NODES" },
      { name: "e.Doors", role: "house", audience: "CLIENTS", reservedIds: [7, 9] },
    ]);
    expect(calls.map(({ said, ...one }) => one)).toEqual([
      {
        ...{ name: "e.Desk.Ring", service: "e.Desk", kind: "one-way", id: 5, body: "photinus.Raw" },
        ...{ route: "round-robin", heavy: true },
      },
      {
        ...{ name: "e.Doors.Knock", service: "e.Doors", kind: "notify", id: 2, body: "e.Door", auth: "USER" },
        route: "session",
      },
      {
        ...{ name: "e.Doors.Moved", service: "e.Doors", kind: "push", id: 3, body: "e.Door" },
        ...{ delivery: "LATEST", key: [1], tickMs: 50, compress: "NEVER" },
      },
      {
        ...{ name: "e.Doors.Open", deprecated: true, service: "e.Doors", kind: "request", id: 1 },
        ...{
          body: "e.Door",
          reply: "e.Opened",
          timeoutMs: 900,
          auth: "ADMIN",
          rate: [5, 1000],
          maxBytes: 64,
        },
        ...{ lane: "doors", route: { hash: [2, 1] }, idempotent: true },
      },
    ]);
    const door = messages.find(({ name }) => name === "e.Door")!;
    expect(door.reserved).toEqual({
      numbers: [
        [4, 5],
        [9, 11],
      ],
      names: ["lock"],
    });
    expect(door.fields).toEqual([
      { name: "id", number: 1, type: "uint64", jsNumber: true },
      { name: "where", number: 2, type: "e.Where", label: "optional" },
      { name: "open", number: 3, type: "bool", oneof: "state" },
      { name: "note", number: 6, type: "string", oneof: "state", data: "PERSONAL", deprecated: true },
      { name: "colours", number: 7, type: "e.Colour", label: "map", mapKey: "string", json: "paint" },
      { name: "steps", number: 8, type: "int32", label: "repeated", unpacked: true },
    ]);
    const house = messages.find(({ name }) => name === "e.House")!;
    expect(house.table).toEqual({
      ...{ name: "house", database: "town", durability: "WRITE_THROUGH", ttlMs: 60_000 },
      indexes: [{ columns: [3, 2], unique: true }],
    });
    expect(house.fields.map(({ column }) => column)).toEqual([
      { primaryKey: true, autoIncrement: true },
      { name: "aa", index: true, maxLength: 20 },
      { unique: true },
    ]);
    expect(enums).toEqual([
      {
        name: "e.Colour",
        values: [
          { name: "NONE", number: 0 },
          { name: "RED", number: 1 },
        ],
        reserved: { numbers: [[2, 2]], names: [] },
      },
    ]);
  });

  test("survives JSON unchanged", async () => {
    const model = await taken({ "e.proto": text });
    expect(JSON.parse(JSON.stringify(model))).toEqual(model);
  });

  test("names the line of each declaration", async () => {
    const { calls, enums } = await taken({ "e.proto": text });
    const lineOf = (part: string) => text.slice(0, text.indexOf(part)).split("\n").length;
    expect(calls.find(({ name }) => name === "e.Doors.Open")?.at).toBe(`e.proto:${lineOf("rpc Open")}`);
    expect(enums[0]?.values[1]?.at).toBe(`e.proto:${lineOf("RED")}`);
  });

  test("stays equal when declarations move and comments are wrapped anew", async () => {
    const one = `${head}// One word\n// and another.\nmessage A { string a = 1; uint32 b = 2; }\nenum E { X = 0; }\n`;
    const other = `${head}enum E { X = 0; }\n\n\n// One word and\n// another.\nmessage A {\n  uint32 b = 2;\n  string a = 1;\n}\n`;
    const bare = async (file: string) => JSON.stringify(withoutPlaces(await taken({ "e.proto": file })));
    expect(await bare(other)).toBe(await bare(one));
  });

  test("notices another comment", async () => {
    const said = async (comment: string) =>
      (await taken({ "e.proto": `${head}// ${comment}\nmessage A {}\n` })).messages[0]?.said;
    expect(await said("Metres.")).not.toBe(await said("Feet."));
  });
});
