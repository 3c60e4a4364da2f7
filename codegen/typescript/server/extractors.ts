import type { BodyType, Field, FieldType, ScalarType } from "../../../schema/model.ts";
import type { EmitContext } from "../emit-context.ts";
import { tagOf, wireTypeOf } from "../messages/scalars.ts";
import { typeName, valueName } from "../naming.ts";
import { docstring } from "../print/docs.ts";
import { callable } from "../print/line-layout.ts";

/** Use of a field: "hash" routes a call, "key" identifies the subject of a push. */
type Purpose = "hash" | "key";

interface Extractor {
  readonly name: string;
  readonly text: string;
}

/**
 * Functions of `protocol.ts` that read one field of an encoded body, so that a gate routes without decoding. Calls that use the same
 * field share a function.
 */
export class Extractors {
  readonly #context: EmitContext;
  readonly #byPath = new Map<string, Extractor>();

  constructor(context: EmitContext) {
    this.#context = context;
  }

  /** Returns the name of the function that hashes a request's field to a routing key. */
  hash(body: BodyType, path: readonly string[]): string {
    return this.#extractor("hash", body, path);
  }

  /** Returns the name of the function that reads a push's key field: only the latest push of each key is kept for a slow client. */
  key(body: BodyType, path: readonly string[]): string {
    return this.#extractor("key", body, path);
  }

  /** Adds the functions to the source file. */
  emit(): void {
    for (const { text } of this.#byPath.values()) this.#context.source.add(text);
  }

  /** Returns the function for a field; writes it when the field comes for the first time. */
  #extractor(purpose: Purpose, body: BodyType, path: readonly string[]): string {
    if (body.kind === "raw") throw new Error(`a key (${path.join(".")}) in an opaque body`);
    const id = `${purpose} ${body.name} ${path.join(".")}`;
    let extractor = this.#byPath.get(id);
    if (!extractor) {
      extractor = this.#write(purpose, body.name, path);
      this.#byPath.set(id, extractor);
    }
    return extractor.name;
  }

  /**
   * Writes a function that finds a field by the tags of its path, and the constants that the function needs. Constants at the top of the
   * module are made once, not at each call.
   */
  #write(purpose: Purpose, message: string, path: readonly string[]): Extractor {
    const context = this.#context;
    const fields = fieldsOf(message, path, context);
    const last = fields.at(-1);
    if (!last) throw new Error(`${message}: an empty path`);
    const [words, reader] =
      purpose === "hash"
        ? ["routing key: the hash of", context.runtime("fieldHash", "value")]
        : ["subject:", context.runtime("fieldKey", "value")];
    const root = typeName(context.index.message(message));
    const name = context.source.declare(valueName([root, ...path, purpose].join("_")));
    const [tag, ...inside] = fields.map((field) => tagOf(field.number, wireTypeOf(field)));
    const rivals = this.#rivals(message, fields);
    const hasRivals = rivals.some(({ length }) => length > 0);
    const steps = inside.length > 0 || hasRivals ? context.source.declare(`${name}Path`) : undefined;
    const others = hasRivals ? context.source.declare(`${name}Rivals`) : undefined;
    let lead = "";
    if (steps) lead += `const ${steps}: readonly number[] = [${inside.join(", ")}];\n\n`;
    if (others) {
      const lists = rivals.map((tags) => `[${tags.join(", ")}]`).join(", ");
      lead += `const ${others}: readonly (readonly number[])[] = [${lists}];\n\n`;
    }
    const more = [steps, others].filter((given) => given !== undefined).map((given) => `, ${given}`);
    const found = `${context.runtime("findField", "value")}(bytes, start, end, ${tag}${more.join("")})`;
    const scalar = last.type.kind === "scalar" ? last.type.scalar : "int32";
    const docs = docstring(`Reads the ${words} \`${path.join(".")}\` of an encoded ${message}.`);
    const parameters = ["bytes: Uint8Array", "start: number", "end: number"];
    const head = callable(`function ${name}`, parameters, `: ${resultOf(purpose, scalar)} {\n`);
    return { name, text: `${lead}${docs}${head}  return ${reader}.${scalar}(bytes, ${found});\n}` };
  }

  /**
   * Returns, for each field of a path, the tags of the other fields of its oneof. A decoder keeps the last field of a oneof, so a later
   * rival hides the field, and a gate that ignored rivals would route by a value that the handler never sees.
   */
  #rivals(message: string, path: readonly Field[]): number[][] {
    let holder = message;
    return path.map((field) => {
      const { fields } = this.#context.index.message(holder);
      if (field.type.kind === "message") holder = field.type.name;
      if (field.oneof === undefined) return [];
      return fields
        .filter((other) => other.oneof === field.oneof && other !== field)
        .map((other) => tagOf(other.number, wireTypeOf(other)));
    });
  }
}

/** Returns the fields of a path, outermost first. Throws for a path that the loader would have reported. */
function fieldsOf(message: string, path: readonly string[], context: EmitContext): Field[] {
  const fields: Field[] = [];
  let type: FieldType = { kind: "message", name: message };
  for (const step of path) {
    if (type.kind !== "message") throw new Error(`${message}: ${path.join(".")} leads through a scalar`);
    const field: Field | undefined = context.index
      .message(type.name)
      .fields.find(({ name }) => name === step);
    if (!field) throw new Error(`${type.name} has no field ${step}`);
    fields.push(field);
    type = field.type;
  }
  return fields;
}

/** Returns the result type of a function: a hash is a number, a key is the value of the field. */
function resultOf(purpose: Purpose, scalar: ScalarType): string {
  if (purpose === "hash") return "number";
  if (scalar === "string" || scalar === "bytes") return "string";
  return scalar.endsWith("64") ? "number | bigint" : "number";
}
