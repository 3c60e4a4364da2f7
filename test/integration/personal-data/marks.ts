import { inspect } from "node:util";
import { personTable } from "./fixtures/server/people.tables.ts";

/** Text that stands in every marked text of a row. */
export const markText = "Marker7391Zebra";
/** Digits of every marked number. */
export const markNumber = 739_182;
export const markBytes = new TextEncoder().encode(markText);

/** Forms in which a marked value may appear in a text: as it is, in hexadecimal, in base64, as numbers of its bytes. */
const forms: readonly string[] = [
  markText,
  String(markNumber),
  Buffer.from(markBytes).toString("hex"),
  // Base64 depends on the position modulo three.
  ...[0, 1, 2].map((pad) =>
    Buffer.from(`${"x".repeat(pad)}${markText}`)
      .toString("base64")
      .slice(pad === 0 ? 0 : 4, -4),
  ),
  [...markBytes.subarray(0, 6)].join(", "),
  [...markBytes.subarray(0, 6)].join(","),
];

/** Forms of marked values that a text has. */
export function marksIn(text: string): string[] {
  const lower = text.toLowerCase();
  return forms.filter((form) => lower.includes(form.toLowerCase()));
}

/** Marked values in raw bytes of a file. */
export function hasMark(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).includes(markText);
}

/** Everything that a log or a debugger could show of an error: all of its properties and causes. */
export function allOf(error: unknown): string {
  return inspect(error, { depth: 12, showHidden: true, maxArrayLength: 1000, maxStringLength: 100_000 });
}

/** Row of a person in which every marked column holds a mark. */
export function markedPerson(tail = "") {
  return {
    name: `${markText}${tail}`,
    key: new TextEncoder().encode(`${markText}${tail}`),
    year: markNumber,
    balance: BigInt(markNumber),
    pin: markNumber,
    phone: BigInt(markNumber),
    weight: markNumber,
    height: markNumber,
    adult: true,
    mood: 1 as const,
    born: { seconds: BigInt(markNumber), nanos: 0 },
    notes: [markText, "plain"],
    answers: new Map([[markText, markText]]),
    profile: {
      mail: markText,
      token: markText,
      visits: 4n,
      devices: [{ label: "phone", key: markBytes }],
    },
    contact: { case: "post" as const, value: markText },
    nick: markText,
    level: 7,
    account: markNumber,
  };
}

export const personColumns = personTable.columns;
