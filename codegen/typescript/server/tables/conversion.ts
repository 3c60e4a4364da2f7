import type { EmitContext } from "../../emit-context.ts";
import { propertyKey } from "../../print/line-layout.ts";
import type { PropertyColumn, TableModel } from "./model.ts";

/** Emits the code that converts a table's properties to column values and back. */
export class Conversion {
  readonly #layout: TableModel;
  readonly #context: EmitContext;

  constructor(layout: TableModel, context: EmitContext) {
    this.#layout = layout;
    this.#context = context;
  }

  /** Emits the column value of a property; null for undefined. */
  toColumn(column: PropertyColumn, value: string): string {
    const text = this.#present(column, value);
    return column.nullable ? `${value} === undefined ? null : ${text}` : text;
  }

  /**
   * Emits the column value of a property that is present. The runtime checks the value and names table and property in its error. A list,
   * map, oneof or message is stored as the bytes of a message that holds this member alone.
   */
  #present(column: PropertyColumn, value: string): string {
    const place = this.#place(column);
    const convert = `${this.#context.runtime("columnValue", "value")}.${methodOf(column)}`;
    if (column.kind === "message") {
      const message = this.#message("value");
      const alone = `{ ...${message}.create(), ${propertyKey(column.property)}: ${value} }`;
      return `${convert}(${place}, ${message}, ${alone})`;
    }
    const isText = column.kind === "string" || column.kind === "bytes";
    return `${convert}(${place}, ${value}${isText ? `, ${column.maxLength}` : ""})`;
  }

  /** Emits the property value of a column; undefined for null. */
  fromColumn(column: PropertyColumn, value: string): string {
    const text = this.#value(column, value);
    return column.nullable ? `${value} === null ? undefined : ${text}` : text;
  }

  /** Emits the property value of a column that is not null. */
  #value(column: PropertyColumn, value: string): string {
    switch (column.kind) {
      case "message": {
        const convert = `${this.#context.runtime("columnValue", "value")}.messageOf`;
        return `${convert}(${this.#place(column)}, ${this.#message("value")}, ${value}).${column.property}`;
      }
      case "timestamp":
        return `${this.#context.runtime("timestampOf", "value")}(${value} as bigint)`;
      default:
        return column.asNumber ? `Number(${value})` : `${value} as ${this.plainType(column)}`;
    }
  }

  /** Returns the type of a scalar or enum property, without undefined. */
  plainType({ member, kind }: PropertyColumn): string {
    if ("field" in member && member.field.type.kind === "enum") {
      return this.#context.reference(member.field.type.name, "type");
    }
    switch (kind) {
      case "bool":
        return "boolean";
      case "string":
        return "string";
      case "bytes":
        return "Uint8Array";
      case "int64":
      case "uint64":
        return "bigint";
      default:
        return "number";
    }
  }

  /** Returns the type of a property that is part of a key or an index. */
  keyType(column: PropertyColumn): string {
    const type = column.asNumber ? "number" : this.plainType(column);
    return column.nullable ? `${type} | undefined` : type;
  }

  /** Returns the type of a key or an index: the type of a single column, or an object of several. */
  tupleType(positions: readonly number[]): string {
    const columns = positions.map((at) => this.#layout.columns[at]!);
    const [only, ...more] = columns;
    if (only !== undefined && more.length === 0) return this.keyType(only);
    return `{ ${columns.map((column) => `${propertyKey(column.property)}: ${this.keyType(column)}`).join("; ")} }`;
  }

  /** Emits the name of a property in errors: "player.gold". */
  #place({ property }: PropertyColumn): string {
    return JSON.stringify(`${this.#layout.table.name}.${property}`);
  }

  #message(use: "type" | "value"): string {
    return this.#context.reference(this.#layout.message.fullName, use);
  }
}

/** Returns the method of `columnValue` that checks and converts a property. */
function methodOf({ kind, asNumber }: PropertyColumn): string {
  if (!asNumber) return kind;
  return kind === "uint64" ? "uint53" : "int53";
}
