import type { Enum, Message } from "../../schema/model.ts";
import { flatNameOf } from "../flat-name.ts";

/** Words that cannot name a variable or a function in a strict module. */
export const reservedWords: ReadonlySet<string> = new Set(
  (
    "arguments as async await break case catch class const continue debugger default delete do else enum eval export " +
    "extends false finally for function if implements import in instanceof interface let new null package private " +
    "protected public return static super switch this throw true try typeof undefined var void while with yield"
  ).split(" "),
);

/** Words that begin a type, and so cannot name one. */
const typeWords = new Set("infer keyof readonly unique".split(" "));

/** Globals that generated code, or the code that a user writes beside it, means when it says so. */
const globals = new Set(
  (
    "AbortSignal Array ArrayBuffer BigInt Boolean Buffer DataView Date Error Function Infinity Iterable Iterator JSON Map " +
    "Math NaN Number Object Omit Partial Pick Promise PromiseLike Proxy Readonly ReadonlyArray Record Reflect RegExp " +
    "Required Set String Symbol TextDecoder TextEncoder TypeError URL Uint8Array WeakMap any bigint boolean console " +
    "document exports globalThis module never number object process require string symbol type unknown window"
  ).split(" "),
);

/** Names that the bodies of generated functions give to their own variables and parameters. */
const locals = new Set(
  (
    "at bytes caller column connection create ctx end entry index init into item key last length limit listener mark message name " +
    "options part position read reader request row size start tag target type url value values view write writer"
  ).split(" "),
);

/** What every object has already: a property of that name would seem to be there when it is not. */
const inherited = new Set([...Object.getOwnPropertyNames(Object.prototype), "toJSON"]);

/**
 * The property of a message field, a oneof or a handler: `meadow_id` and `MeadowId` are `meadowId`. Names that objects
 * inherit, and `then`, which would make a promise of the object, get a `$` at the end.
 */
export function propertyName(name: string): string {
  const property = camelCase(name);
  return inherited.has(property) || property === "then" ? `${property}$` : property;
}

/** A function or constant at the top of a module, from a name in any case; reserved words and the like get a `$`. */
export function valueName(name: string): string {
  return safeIdentifier(propertyName(name));
}

/** The interface (and constant) of a message or an enum: nested names are joined with `_`, as in `Scene_Entity`. */
export function typeName(declaration: Pick<Message | Enum, "name" | "parents">): string {
  const name = flatNameOf(declaration);
  return typeWords.has(name) ? `${name}$` : safeIdentifier(name);
}

/** The name itself, or with a `$` at the end where it would hide or be something else. */
export function safeIdentifier(name: string): string {
  return reservedWords.has(name) || globals.has(name) || locals.has(name) || inherited.has(name)
    ? `${name}$`
    : name;
}

/** `sign_in`, `SignIn` -> `signIn`; `HTTPGate` -> `httpGate`; underscores at both ends and before digits stay. */
export function camelCase(name: string): string {
  const [, lead = "", rest = ""] = /^(_*)(.*)$/s.exec(name) ?? [];
  const joined = rest.replace(/_+([a-zA-Z])/g, (_match, letter: string) => letter.toUpperCase());
  const start = joined.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (capitals) => capitals.toLowerCase());
  return lead + start;
}

/** `sign_in` -> `SignIn`. */
export function pascalCase(name: string): string {
  const joined = name.replace(/(?:^|[_.])+([a-zA-Z])/g, (_match, letter: string) => letter.toUpperCase());
  return joined.charAt(0).toUpperCase() + joined.slice(1);
}

/** `MeadowDesk`, `meadow_desk` -> `meadow-desk`; `HTTPGate` -> `http-gate`. */
export function kebabCase(name: string): string {
  const parted = camelCase(name).replace(/([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, (part) =>
    part.length === 2 ? `${part[0]}-${part[1]}` : `${part}-`,
  );
  return parted.replace(/(?<=[^_])_+/g, "-").toLowerCase();
}
