import type { Service } from "../../schema/model.ts";
import { kebabCase, pascalCase, propertyName, reservedWords } from "./naming.ts";

/**
 * Names of a service's module and of its exports. Each depends on one name of the schema alone, never on other declarations, so
 * that no addition to a schema renames an import. A name that could collide with one of another kind always carries a `$`.
 */

/** Returns the module of a service, below the target's folder: "meadow/meadow-desk.service.ts" for `meadow.MeadowDesk`. */
export function servicePath({ fullName, name }: Pick<Service, "fullName" | "name">): string {
  const folders = fullName.split(".").slice(0, -1);
  return [...folders, `${kebabCase(name)}.service.ts`].join("/");
}

/** Returns the client's function for a command: "signIn". `OnMoved` gives "onMoved$", because `onMoved` listens to a push `Moved`. */
export function commandFunction(name: string): string {
  const called = functionName(name);
  return /^on[^a-z]/.test(called) ? `${called}$` : called;
}

/** Returns the client's function that listens to a push: "onMoved". */
export function listenerFunction(push: string): string {
  return `on${pascalCase(push)}`;
}

/** Returns the server's function that sends a push: "pushMoved". */
export function pushFunction(push: string): string {
  return `push${pascalCase(push)}`;
}

/** Returns the server's function that calls a method of another node: "profile"; "implement$" or "pushMoved$" on a collision. */
export function methodFunction(name: string): string {
  const called = functionName(name);
  return called === implementFunction || /^push[^a-z]/.test(called) ? `${called}$` : called;
}

/** Name of the server's function that binds handlers to a service. */
export const implementFunction = "implement";

/** Name of the interface of a service's handlers. No function collides with it: functions begin with a small letter. */
export const handlersType = "Handlers";

/** Words that the top level of a CommonJS module reserves: users may compile generated code to CommonJS. */
const moduleWords = new Set(["exports", "module", "require"]);

function functionName(name: string): string {
  const called = propertyName(name);
  return reservedWords.has(called) || moduleWords.has(called) ? `${called}$` : called;
}
