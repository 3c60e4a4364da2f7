import type { Enum, Field, Message } from "../../../schema/model.ts";
import { deprecationOf } from "../link/deprecation.ts";
import type { OptionObject } from "../link/option-object.ts";
import { join, scopeAround } from "../link/symbols.ts";
import type { FieldNode, MessageNode } from "../read/outline.ts";
import { maxFieldNumber } from "../read/proto-message.ts";
import { buildEnum } from "./enum.ts";
import { checkExtension } from "./extension.ts";
import { buildField, isOfProtobuf } from "./field.ts";
import type { FileContext } from "./file-context.ts";
import { checkReserved, reservedOf } from "./reserved.ts";
import { buildColumn, buildTable } from "./table.ts";

/**
 * Builds a message and all declarations inside it, and reports their errors. Appends to `into`, each message before those nested
 * in it.
 *
 * @param parents names of the messages around this one, outermost first
 */
export function buildMessage(
  context: FileContext,
  node: MessageNode,
  parents: readonly string[],
  into: { messages: Message[]; enums: Enum[] },
): void {
  const fullName = [context.package, ...parents, node.name].reduce(join);
  const around = scopeAround(fullName);
  const options = context.options.check(node.options, "Message", context.file, around, node.at);
  const place = into.messages.length;
  checkNumbers(context, node);
  checkReserved(context, node.fields, node.reserved, "field");
  for (const { at } of node.extensionRanges) {
    context.refuse(
      "PH008",
      at,
      "extension ranges are not supported",
      "remove the range; proto3 has no extension ranges",
    );
  }
  for (const extension of node.extends) checkExtension(context, extension, fullName);
  const messageSet = options.at("message_set_wire_format");
  if (messageSet !== undefined && options.bool("message_set_wire_format")) {
    context.refuse(
      "PH008",
      messageSet,
      "message sets are not supported",
      "remove the option; proto3 has no message sets",
    );
  }

  const tableOptions = options.object("photinus.table");
  const tableName = tableOptions?.at("name");
  if (tableName !== undefined) context.places.set(fullName, context.location(tableName));
  const fields: Field[] = [];
  const columnOptions = new Map<string, OptionObject>();
  for (const fieldNode of node.fields) {
    const fieldOptions = context.options.check(
      fieldNode.options,
      "Field",
      context.file,
      fullName,
      fieldNode.at,
    );
    const field = buildField(context, fieldNode, fullName, fieldOptions);
    const column = fieldOptions.object("photinus.column");
    if (column !== undefined && tableOptions === undefined) {
      const at = fieldOptions.place("photinus.column");
      const message = `${node.name}.${fieldNode.name} has column options, but ${node.name} is not a table`;
      context.refuse("PH079", at, message, `add option (photinus.table) = { name: "..." }; to ${node.name}`);
    }
    if (field === undefined) continue;
    const foreignKey = column?.at("foreign_key");
    if (foreignKey !== undefined)
      context.places.set(`${fullName}.${field.name}`, context.location(foreignKey));
    const owner = column?.at("forget") ?? column?.at("owner");
    if (owner !== undefined) context.places.set(`${fullName}.${field.name}.owner`, context.location(owner));
    if (column !== undefined) columnOptions.set(field.name, column);
    fields.push(
      tableOptions === undefined ? field : { ...field, column: buildColumn(context, field, column) },
    );
  }
  const table =
    tableOptions === undefined
      ? undefined
      : buildTable(context, { node, fields, options: tableOptions, columns: columnOptions });
  const oneofs = node.oneofs.map((oneof) => {
    context.options.check(oneof.options, "Oneof", context.file, fullName, oneof.at);
    const members = node.fields.filter((field) => field.oneof === oneof.name).map(({ name }) => name);
    if (members.length === 0) {
      context.refuse(
        "PH001",
        oneof.at,
        `the oneof ${oneof.name} has no fields`,
        "add a field, or remove the oneof",
      );
    }
    return { name: oneof.name, comment: oneof.comment, fields: members };
  });
  for (const nested of node.enums) into.enums.push(buildEnum(context, nested, [...parents, node.name]));
  for (const nested of node.messages) buildMessage(context, nested, [...parents, node.name], into);
  into.messages.splice(place, 0, {
    name: node.name,
    fullName,
    ...deprecationOf(node, options, context.deprecation),
    location: context.location(node.at),
    parents,
    fields: fields.sort((a, b) => a.number - b.number),
    oneofs,
    ...reservedOf(node.reserved),
    ...(table === undefined ? {} : { table }),
  });
}

/** Reports fields with the same number, and suggests a free one. */
function checkNumbers(context: FileContext, node: MessageNode): void {
  const seen = new Map<number, FieldNode>();
  for (const field of node.fields) {
    const other = seen.get(field.number);
    if (other === undefined) {
      seen.set(field.number, field);
      continue;
    }
    const message = `${field.name} and ${other.name} both have the number ${field.number}`;
    const free = freeNumber(node);
    const example = free === undefined ? "" : `, such as ${free}`;
    context.refuse("PH021", field.numberAt, message, `use a free number${example}`, other.numberAt);
  }
}

/** Free number for a new field: the first one after the highest in use, or else the lowest one. */
function freeNumber({ fields, reserved }: MessageNode): number | undefined {
  const taken = new Set(fields.map(({ number }) => number));
  const isFree = (number: number): boolean => !taken.has(number) && !isOfProtobuf(number);
  const next = (from: number): number | undefined => {
    for (let number = from; number <= maxFieldNumber; number++) {
      const range = reserved.ranges.find(({ from, to }) => from <= number && number <= to);
      if (range !== undefined) number = range.to;
      else if (isFree(number)) return number;
    }
    return undefined;
  };
  const used = fields.map(({ number }) => number).filter((number) => number >= 1 && number < maxFieldNumber);
  return next(used.reduce((a, b) => Math.max(a, b), 0) + 1) ?? next(1);
}
