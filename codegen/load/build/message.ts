import type { Enum, Field, Message } from "../../../schema/model.ts";
import type { OptionObject } from "../link/option-object.ts";
import { isReservedNumber, join } from "../link/symbols.ts";
import type { EnumNode, EnumValueNode, MessageNode, Node, Reserved } from "../read/outline.ts";
import type { Mark } from "../read/scanner.ts";
import type { FileContext } from "./context.ts";
import { buildField, isScalar } from "./field.ts";
import { buildColumn, buildTable } from "./table.ts";

/** Adds a message and what is declared inside it, each message after its parent. */
export function buildMessage(
  context: FileContext,
  node: MessageNode,
  parents: readonly string[],
  into: { messages: Message[]; enums: Enum[] },
): void {
  const fullName = [context.package, ...parents, node.name].reduce(join);
  const options = context.options.check(node.options, "Message", context.file, fullName, node.at);
  const place = into.messages.length;
  checkNumbers(context, node);
  checkReserved(context, node.fields, node.reserved, "field");
  for (const { text, at } of node.unsupported) {
    context.refuse("PH008", at, `${text} are not supported`, "proto3 has no extension ranges: remove it");
  }
  for (const { fields } of node.extends) checkExtendFields(context, fields, fullName);

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
        "add one, or remove the oneof",
      );
    }
    return { name: oneof.name, comment: oneof.comment, fields: members };
  });
  for (const nested of node.enums) into.enums.push(buildEnum(context, nested, [...parents, node.name]));
  for (const nested of node.messages) buildMessage(context, nested, [...parents, node.name], into);
  into.messages.splice(place, 0, {
    name: node.name,
    fullName,
    comment: node.comment,
    location: context.location(node.at),
    parents,
    fields: fields.sort((a, b) => a.number - b.number),
    oneofs,
    ...(table === undefined ? {} : { table }),
  });
}

export function buildEnum(context: FileContext, node: EnumNode, parents: readonly string[]): Enum {
  const fullName = [context.package, ...parents, node.name].reduce(join);
  const options = context.options.check(node.options, "Enum", context.file, fullName, node.at);
  const [first] = node.values;
  if (first === undefined) {
    context.refuse(
      "PH024",
      node.at,
      `the enum ${node.name} has no values`,
      "add a first value with the number 0",
    );
  } else if (first.number !== 0) {
    const message = `the first value of ${node.name} is ${first.name} = ${first.number}`;
    context.refuse(
      "PH024",
      first.numberAt,
      message,
      "proto3 needs a first value with the number 0: it is the default",
    );
  }
  const seen = new Map<number, EnumValueNode>();
  for (const value of node.values) {
    context.options.check(value.options, "EnumValue", context.file, fullName, value.at);
    if (value.number < -(2 ** 31) || value.number > 2 ** 31 - 1) {
      const help = `use a number from ${-(2 ** 31)} to ${2 ** 31 - 1}`;
      context.refuse("PH026", value.numberAt, `the number of ${value.name} is ${value.number}`, help);
    }
    const other = seen.get(value.number);
    if (other !== undefined && !options.bool("allow_alias")) {
      const message = `${value.name} has the number ${value.number}, as ${other.name} in line ${other.at.line} has`;
      const help = "use another number, or option allow_alias = true; for two names of one value";
      context.refuse("PH025", value.numberAt, message, help);
    }
    seen.set(value.number, other ?? value);
  }
  checkReserved(context, node.values, node.reserved, "value");
  return {
    name: node.name,
    fullName,
    comment: node.comment,
    location: context.location(node.at),
    parents,
    values: node.values.map(({ name, number, comment }) => ({ name, number, comment })),
  };
}

function checkNumbers(context: FileContext, node: MessageNode): void {
  const seen = new Map<number, Node>();
  for (const field of node.fields) {
    const other = seen.get(field.number);
    if (other === undefined) {
      seen.set(field.number, field);
      continue;
    }
    const message = `${field.name} has the number ${field.number}, as ${other.name} in line ${other.at.line} has`;
    const free = Math.max(...node.fields.map(({ number }) => number)) + 1;
    context.refuse("PH021", field.numberAt, message, `use a number of its own, such as ${free}`);
  }
}

function checkReserved(
  context: FileContext,
  nodes: readonly (Node & { readonly number: number; readonly numberAt: Mark })[],
  reserved: Reserved,
  what: string,
): void {
  for (const { name, at, number, numberAt } of nodes) {
    if (isReservedNumber(reserved, number)) {
      context.refuse(
        "PH022",
        numberAt,
        `the number ${number} of ${name} is reserved`,
        "use a number never used before",
      );
    }
    if (reserved.names.some(({ text }) => text === name)) {
      context.refuse("PH022", at, `the name ${name} is reserved`, `give the ${what} another name`);
    }
  }
}

/** Own options that a schema declares; what else could be extended does not exist in proto3. */
export function checkExtendFields(context: FileContext, fields: MessageNode["fields"], scope: string): void {
  for (const field of fields) {
    context.options.check(field.options, "Field", context.file, scope, field.at);
    if (!isScalar(field.type.text)) context.resolve(field.type, scope);
  }
}
