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

/** TypeScript keywords that begin a type, so a generated type cannot have such a name. */
const typeWords = new Set("infer keyof readonly unique".split(" "));

/** Globals that generated code, or user code beside it, refers to. A declaration of that name would hide them. */
const globals = new Set(
  (
    "AbortSignal Array ArrayBuffer BigInt Boolean Buffer DataView Date Error Function Infinity Iterable Iterator JSON Map " +
    "Math NaN Number Object Omit Partial Pick Promise PromiseLike Proxy Readonly ReadonlyArray Record Reflect RegExp " +
    "Required Set String Symbol TextDecoder TextEncoder TypeError URL Uint8Array WeakMap any bigint boolean console " +
    "document exports globalThis module never number object process require string symbol type unknown window"
  ).split(" "),
);

/** Names of variables and parameters in the bodies of generated functions. A top-level declaration must not be hidden by them. */
const locals = new Set(
  (
    "at bytes caller column connection create ctx end entry index init into item key last length limit listener mark message name " +
    "options part position read reader request row size start tag target type url value values view write writer"
  ).split(" "),
);

/** Names that every object inherits: a property of that name would seem present when it is absent. */
const inherited = new Set([...Object.getOwnPropertyNames(Object.prototype), "toJSON"]);

/**
 * Returns the property name of a message field, a oneof or a handler: `meadow_id` and `MeadowId` become `meadowId`. Names that
 * objects inherit, and `then`, which would make the object a thenable, get a `$` at the end.
 */
export function propertyName(name: string): string {
  const property = camelCase(name);
  return inherited.has(property) || property === "then" ? `${property}$` : property;
}

/** Returns the name of a top-level function or constant for a name in any case; reserved words and globals get a `$`. */
export function valueName(name: string): string {
  return safeIdentifier(propertyName(name));
}

/** Returns the interface (and constant) name of a message or an enum; nested names are joined with `_`: `Scene_Entity`. */
export function typeName(declaration: Pick<Message | Enum, "name" | "parents">): string {
  const name = flatNameOf(declaration);
  return typeWords.has(name) ? `${name}$` : safeIdentifier(name);
}

/** Returns the name, with a `$` at the end where it is a reserved word or would hide a global, a local or an inherited name. */
export function safeIdentifier(name: string): string {
  return reservedWords.has(name) || globals.has(name) || locals.has(name) || inherited.has(name)
    ? `${name}$`
    : name;
}

/**
 * Converts a name to camel case: `sign_in`, `SignIn` -> `signIn`; `HTTPGate` -> `httpGate`. Underscores at both ends and before
 * digits stay, so that `_id` and `id`, or `a_1` and `a1`, keep different names.
 */
export function camelCase(name: string): string {
  const [, lead = "", rest = ""] = /^(_*)(.*)$/s.exec(name) ?? [];
  const joined = rest.replace(/_+([a-zA-Z])/g, (_match, letter: string) => letter.toUpperCase());
  const start = joined.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (capitals) => capitals.toLowerCase());
  return lead + start;
}

/** Converts a name to Pascal case: `sign_in` -> `SignIn`. */
export function pascalCase(name: string): string {
  const joined = name.replace(/(?:^|[_.])+([a-zA-Z])/g, (_match, letter: string) => letter.toUpperCase());
  return joined.charAt(0).toUpperCase() + joined.slice(1);
}

/** Converts a name to kebab case: `MeadowDesk`, `meadow_desk` -> `meadow-desk`; `HTTPGate` -> `http-gate`. */
export function kebabCase(name: string): string {
  const parted = camelCase(name).replace(/([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, (part) =>
    part.length === 2 ? `${part[0]}-${part[1]}` : `${part}-`,
  );
  return parted.replace(/(?<=[^_])_+/g, "-").toLowerCase();
}
