import { expect, it } from "vitest";
import type { Message } from "../../../../schema/model.ts";
import { messageOf, modelOfText } from "./schemas.ts";

it("gives a column the highest data class of all fields inside, and the paths to the secrets", async () => {
  const schema = await modelOfText(`
    message Key { string text = 1 [(photinus.data) = SECRET]; }
    message Note { string text = 1 [(photinus.data) = PERSONAL]; }
    message Bag {
      string label = 1;
      map<string, Key> keys = 2;
      Note note = 3;
      Bag inner = 4;
      oneof of { Key one = 5; string two = 6; }
    }
    message Player {
      option (photinus.table) = { name: "player" };
      uint64 id = 1 [(photinus.column) = { primary_key: true owner: true }];
      repeated Note notes = 2;
      Bag bag = 3;
      Key key = 4 [(photinus.data) = SECRET];
      oneof also { Note note = 5; uint32 number = 6; }
      string plain = 7;
    }`);
  const classes = columnsOf(messageOf(schema, "test.Player"));
  expect(classes).toEqual({
    id: {},
    notes: { dataClass: "PERSONAL" },
    bag: { dataClass: "SECRET", secrets: [["keys", "text"], ["inner"], ["of"]] },
    key: { dataClass: "SECRET" },
    note: { dataClass: "PERSONAL" },
    number: {},
    plain: {},
  });
});

it("treats a column with very many paths to secrets as a secret as a whole", async () => {
  const levels = Array.from(
    { length: 8 },
    (_, at) => `message L${at} { L${at + 1} a = 1; L${at + 1} b = 2; }`,
  );
  const schema = await modelOfText(`
    message L8 { string text = 1 [(photinus.data) = SECRET]; }
    ${levels.join("\n")}
    message Player {
      option (photinus.table) = { name: "player" };
      uint64 id = 1 [(photinus.column) = { primary_key: true owner: true }];
      L0 wide = 2;
    }`);
  expect(columnsOf(messageOf(schema, "test.Player"))).toMatchObject({ wide: { dataClass: "SECRET" } });
  expect(columnsOf(messageOf(schema, "test.Player"))).not.toHaveProperty("wide.secrets");
});

function columnsOf({ fields }: Message): object {
  return Object.fromEntries(
    fields.map(({ name, column }) => {
      const { dataClass, secrets } = column!;
      return [name, { ...(dataClass && { dataClass }), ...(secrets && { secrets }) }];
    }),
  );
}
