import type { Field, Message, Schema } from "../../schema/model.ts";
import { nearest } from "../../schema/suggest.ts";
import { googleFolder } from "../load/google.ts";
import { join } from "../load/link/symbols.ts";
import type {
  EnumNode,
  FieldNode,
  FileOutline,
  MessageNode,
  Node,
  RpcNode,
  ServiceNode,
} from "../load/read/outline.ts";
import { lockedTable } from "../lock/former-tables.ts";
import { Refusal } from "../refusal.ts";
import type { Kind } from "./kinds.ts";

/** Properties of all declarations that can be renamed. */
interface Named {
  /** Full name; for a table the name in the lock file, for a column "table.column". */
  readonly name: string;
  readonly file: FileOutline;
  /** Declaration in the file. */
  readonly node: Node;
}

/** A declaration that can be renamed. */
export type Subject =
  | (Named & { readonly kind: "service"; readonly node: ServiceNode })
  | (Named & { readonly kind: "call"; readonly node: RpcNode })
  | (Named & { readonly kind: "message"; readonly node: MessageNode })
  | (Named & { readonly kind: "enum"; readonly node: EnumNode })
  | (Named & { readonly kind: "value"; readonly owner: string })
  | (Named & {
      readonly kind: "field";
      readonly node: FieldNode;
      readonly message: Message;
      readonly field: Field;
    })
  | (Named & { readonly kind: "oneof"; readonly message: Message })
  | (Named & { readonly kind: "table"; readonly node: MessageNode; readonly message: Message })
  | (Named & {
      readonly kind: "column";
      readonly node: FieldNode;
      readonly message: Message;
      readonly field: Field;
    });

/** Lists all declarations of a schema that can be renamed. Files of Photinus and Google are left out. */
export function subjectsOf(schema: Schema, files: Iterable<FileOutline>): Subject[] {
  const models = new Map(schema.files.flatMap((file) => file.messages).map((one) => [one.fullName, one]));
  const found: Subject[] = [];
  for (const file of files) {
    if (file.path.startsWith("photinus/") || file.path.startsWith(googleFolder)) continue;
    const scope = file.package?.text ?? "";
    for (const node of file.services) {
      const name = join(scope, node.name);
      found.push({ kind: "service", name, file, node });
      for (const rpc of node.rpcs) found.push({ kind: "call", name: join(name, rpc.name), file, node: rpc });
    }
    for (const node of file.enums) addEnum(found, file, scope, node);
    for (const node of file.messages) addMessage(found, models, file, scope, node);
  }
  return found;
}

function addEnum(found: Subject[], file: FileOutline, scope: string, node: EnumNode): void {
  const owner = join(scope, node.name);
  found.push({ kind: "enum", name: owner, file, node });
  for (const value of node.values)
    found.push({ kind: "value", name: join(owner, value.name), file, node: value, owner });
}

function addMessage(
  found: Subject[],
  models: ReadonlyMap<string, Message>,
  file: FileOutline,
  scope: string,
  node: MessageNode,
): void {
  const name = join(scope, node.name);
  found.push({ kind: "message", name, file, node });
  for (const inner of node.enums) addEnum(found, file, name, inner);
  for (const inner of node.messages) addMessage(found, models, file, name, inner);
  const message = models.get(name);
  if (message === undefined) return;
  const table = message.table && lockedTable(message.table);
  if (table !== undefined) found.push({ kind: "table", name: table, file, node, message });
  for (const oneof of node.oneofs)
    found.push({ kind: "oneof", name: join(name, oneof.name), file, node: oneof, message });
  for (const one of node.fields) {
    const field = message.fields.find(({ number }) => number === one.number);
    if (field === undefined) continue;
    found.push({ kind: "field", name: join(name, one.name), file, node: one, message, field });
    if (table !== undefined && field.column !== undefined && field.oneof === undefined)
      found.push({ kind: "column", name: join(table, field.column.name), file, node: one, message, field });
  }
}

/**
 * Finds the declaration that a user names by its full name or by an unambiguous end of it. A full match wins over others.
 *
 * @param kind kind of the declaration; undefined for any kind
 * @throws Refusal for an unknown or ambiguous name
 */
export function findSubject(subjects: readonly Subject[], name: string, kind: Kind | undefined): Subject {
  const known = subjects.filter((one) => kind === undefined || one.kind === kind);
  const exact = known.filter((one) => one.name === name);
  const found = exact.length > 0 ? exact : known.filter((one) => one.name.endsWith(`.${name}`));
  const [only, ...others] = found;
  if (only === undefined) {
    const near = nearest(
      name,
      known.map((one) => one.name),
    );
    const help =
      near === undefined
        ? "write the name with its package, such as dice.Dice.Roll"
        : `did you mean ${near}?`;
    throw new Refusal(`the schema has no ${kind ?? "name"} "${name}"; ${help}`);
  }
  if (others.length > 0) {
    const list = found.map((one) => `the ${one.kind} ${one.name}`).join(", ");
    throw new Refusal(
      `"${name}" is ambiguous: ${list}; use the full name, or --kind, such as --kind ${only.kind}`,
    );
  }
  return only;
}
