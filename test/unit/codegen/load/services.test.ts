import { describe, expect, it } from "vitest";
import { methodId } from "../../../../codegen/load/check/ids.ts";
import { head, loadFiles, messageOf, modelOfText, serviceOf } from "./schemas.ts";

const messages = "message Inner { uint64 id = 1; } message A { Inner inner = 1; }";

describe("commands", () => {
  it("have defaults for all that is not said", async () => {
    const schema = await modelOfText(`${messages}
      service S {
        option (photinus.service) = { role: "s" };
        // Does.
        rpc Do(A) returns (A) { option (photinus.command) = { id: 1 }; }
      }`);
    const { location: _, ...command } = serviceOf(schema, "test.S").commands[0] ?? { location: undefined };
    expect(command).toEqual({
      name: "Do",
      fullName: "test.S.Do",
      comment: "Does.",
      id: 1,
      request: { kind: "message", name: "test.A" },
      reply: { kind: "message", name: "test.A" },
      timeoutMs: 5000,
      route: { kind: "session" },
      idempotent: false,
      heavy: false,
      auth: "USER",
      maxBytes: 0,
      lane: "",
      compress: "AUTOMATIC",
    });
  });

  it("have what they say, in braces or one option at a time", async () => {
    const schema = await modelOfText(`${messages}
      service S {
        option (photinus.service).role = "s";
        rpc A(.test.A) returns (photinus.None) {
          option (photinus.command) = {
            id: 0x10, auth: ADMIN; rate: "20" "/m"
            max_bytes: 64
            lane: "*"
            route { hash: "inner.id" }
            idempotent: true
            heavy: true
          };
        }
        rpc B(photinus.Raw) returns (photinus.Raw) {
          option (photinus.command).id = 17;
          option (photinus.command).timeout_ms = 100;
          option (photinus.command).route.node = "s-1";
        }
      }`);
    expect(serviceOf(schema, "test.S").commands).toMatchObject([
      {
        id: 16,
        auth: "ADMIN",
        rate: { count: 20, perMs: 60_000 },
        maxBytes: 64,
        lane: "*",
        route: { kind: "hash", path: ["inner", "id"] },
        idempotent: true,
        heavy: true,
      },
      {
        id: 17,
        request: { kind: "raw" },
        reply: { kind: "raw" },
        timeoutMs: 100,
        route: { kind: "node", node: "s-1" },
      },
    ]);
    expect(serviceOf(schema, "test.S").commands[0]).not.toHaveProperty("reply");
  });

  it("take their auth from the method, then the service, then USER", async () => {
    const schema = await modelOfText(`${messages}
      service S {
        option (photinus.service) = { role: "s" auth: ANYONE };
        rpc A(.test.A) returns (.test.A) { option (photinus.command) = { id: 1 }; }
        rpc B(.test.A) returns (.test.A) { option (photinus.command) = { id: 2 auth: USER }; }
        rpc C(.test.A) returns (.test.A) { option (photinus.command) = { id: 3 auth: AUTH_UNSPECIFIED }; }
      }`);
    expect(serviceOf(schema, "test.S").commands.map(({ auth }) => auth)).toEqual([
      "ANYONE",
      "USER",
      "ANYONE",
    ]);
  });
});

describe("methods", () => {
  it("go round robin and take the hash of their name as id when nothing is said", async () => {
    const schema = await modelOfText(`${messages}
      service N {
        option (photinus.service) = { role: "n" audience: NODES };
        rpc A(.test.A) returns (.test.A);
        rpc B(.test.A) returns (photinus.None) { option (photinus.method) = { id: 7 route: { hash: "inner.id" } }; }
      }`);
    expect(serviceOf(schema, "test.N").methods).toMatchObject([
      { id: methodId("test.N.A"), route: { kind: "round-robin" } },
      { id: 7, route: { kind: "hash", path: ["inner", "id"] } },
    ]);
    expect(serviceOf(schema, "test.N").methods[1]).not.toHaveProperty("reply");
  });

  it("have ids by FNV-1a of 32 bits, outside the reserved range", () => {
    // The published vectors of the algorithm, for "a" and "foobar".
    expect(methodId("a")).toBe(0xe40c292c);
    expect(methodId("foobar")).toBe(0xbf9cf968);
    for (let i = 0; i < 1000; i++) {
      expect(methodId(`name${i}`)).toBeGreaterThan(0);
      expect(methodId(`name${i}`)).toBeLessThan(0xffffff00);
    }
  });
});

describe("pushes", () => {
  it("of groups have the tick of the push, else of the service, else of the delivery class", async () => {
    const ticks = async (service: string): Promise<number[]> => {
      const schema = await modelOfText(`${messages}
        service S {
          option (photinus.service) = { role: "s" ${service} };
          rpc A(.test.A) returns (photinus.Push) { option (photinus.push) = { id: 1 }; }
          rpc B(.test.A) returns (photinus.Push) { option (photinus.push) = { id: 2 delivery: LATEST }; }
          rpc C(.test.A) returns (photinus.Push) { option (photinus.push) = { id: 3 delivery: DROPPABLE tick_ms: 0 }; }
          rpc D(.test.A) returns (photinus.Push) { option (photinus.push) = { id: 4 tick_ms: 20 }; }
        }`);
      return serviceOf(schema, "test.S").pushes.map(({ tickMs }) => tickMs);
    };
    expect(await ticks("")).toEqual([0, 50, 0, 20]);
    expect(await ticks("tick_ms: 100")).toEqual([0, 100, 0, 20]);
    expect(await ticks("tick_ms: 0")).toEqual([0, 0, 0, 20]);
  });

  it("have a delivery class and a key", async () => {
    const schema = await modelOfText(`${messages}
      service S {
        option (photinus.service) = { role: "s" };
        rpc A(.test.A) returns (photinus.Push) { option (photinus.push) = { id: 1 }; }
        rpc B(.test.A) returns (photinus.Push) { option (photinus.push) = { id: 2 delivery: LATEST key: "inner.id" }; }
        rpc C(photinus.Raw) returns (photinus.Push) { option (photinus.push) = { id: 3 delivery: DROPPABLE }; }
      }`);
    expect(serviceOf(schema, "test.S").pushes).toMatchObject([
      { id: 1, delivery: "RELIABLE", body: { kind: "message", name: "test.A" } },
      { id: 2, delivery: "LATEST", key: ["inner", "id"] },
      { id: 3, delivery: "DROPPABLE", body: { kind: "raw" } },
    ]);
  });
});

describe("tables", () => {
  it("have columns with defaults, and indexes", async () => {
    const schema = await modelOfText(`
      message Player {
        option (photinus.table) = { name: "player" index: { columns: ["name", "level"] unique: true } };
        uint64 id = 1 [(photinus.column) = { primary_key: true auto_increment: true }];
        string name = 2 [(photinus.column) = { unique: true max_length: 32 name: "nick" }];
        uint32 level = 3;
        bytes blob = 4;
        uint64 friend = 5 [(photinus.column).foreign_key = "player.id"];
      }`);
    const { table, fields } = messageOf(schema, "test.Player");
    expect(table).toEqual({
      name: "player",
      ttlMs: 3_600_000,
      database: "main",
      durability: "WRITE_BEHIND",
      indexes: [{ columns: ["name", "level"], unique: true }],
    });
    const none = { primaryKey: false, autoIncrement: false, unique: false, index: false };
    expect(fields.map(({ column }) => column)).toEqual([
      { ...none, name: "id", primaryKey: true, autoIncrement: true },
      { ...none, name: "nick", unique: true, maxLength: 32 },
      { ...none, name: "level" },
      { ...none, name: "blob", maxLength: 255 },
      { ...none, name: "friend", foreignKey: { table: "player", column: "id" } },
    ]);
  });
});

describe("ids", () => {
  it("must differ over all files, and both places are named", async () => {
    const text = (name: string) => `${head.replace("package test", `package ${name}`)}
message A {}
service S {
  option (photinus.service) = { role: "s" };
  rpc Do${name}(A) returns (A) { option (photinus.command) = { id: 5 }; }
}`;
    const { diagnostics } = await loadFiles({ "x.proto": text("x"), "y.proto": text("y") });
    expect(diagnostics).toMatchObject([
      {
        code: "PH044",
        location: { file: "y.proto", line: 8, column: 58 },
        message: "y.S.Doy and x.S.Dox both have the id 5",
        other: { file: "x.proto", line: 8, column: 58 },
      },
    ]);
  });

  it("may not be reserved by any service, and reserved ids are not proposed", async () => {
    const text = `${head}
message A {}
service S {
  option (photinus.service) = { role: "s" reserved: [5, 6] };
  rpc One(A) returns (A) { option (photinus.command) = { id: 4 }; }
}
service T {
  option (photinus.service) = { role: "t" reserved: 0 };
  rpc Two(A) returns (A) { option (photinus.command) = { id: 5 }; }
  rpc Three(A) returns (photinus.Push) { option (photinus.push) = { id: 4 }; }
}`;
    const { diagnostics } = await loadFiles({ "x.proto": text });
    expect(diagnostics.map(({ code, message, help }) => ({ code, message, help }))).toEqual([
      { code: "PH043", message: "the reserved id is 0", help: "use 1 to 4294967039 (0xFFFFFEFF)" },
      {
        code: "PH061",
        message: "test.S reserves the id 5 of test.T.Two: a removed call had it",
        help: "use an id that was never used",
      },
      {
        code: "PH044",
        message: "test.T.Three and test.S.One both have the id 4",
        help: "use a free id, such as 7",
      },
    ]);
  });
});
