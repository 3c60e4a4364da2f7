import type { Service } from "../../schema/model.ts";
import { kebabCase, pascalCase, propertyName, reservedWords } from "./naming.ts";

/**
 * Names of a service's module and of what it exports. Each depends on one name of the schema alone, never on what else the
 * schema has: a name that could meet one of another kind always carries a `$`.
 */

/** The module of a service below a target's folder: "meadow/meadow-desk.service.ts" for `meadow.MeadowDesk`. */
export function servicePath({ fullName, name }: Pick<Service, "fullName" | "name">): string {
  const folders = fullName.split(".").slice(0, -1);
  return [...folders, `${kebabCase(name)}.service.ts`].join("/");
}

/** The client's function of a command: "signIn"; "onMoved$", because `onMoved` listens for a push `Moved`. */
export function commandFunction(name: string): string {
  const called = functionName(name);
  return /^on[^a-z]/.test(called) ? `${called}$` : called;
}

/** The client's function that listens for a push: "onMoved". */
export function listenerFunction(push: string): string {
  return `on${pascalCase(push)}`;
}

/** The server's function that sends a push: "pushMoved". */
export function pushFunction(push: string): string {
  return `push${pascalCase(push)}`;
}

/** The server's function that calls a method of other nodes: "profile"; "implement$" and "pushMoved$" for namesakes. */
export function methodFunction(name: string): string {
  const called = functionName(name);
  return called === implementFunction || /^push[^a-z]/.test(called) ? `${called}$` : called;
}

/** The server's function that joins a service with its handlers. */
export const implementFunction = "implement";

/** The interface of a service's handlers. No function is called so: functions begin with a small letter. */
export const handlersType = "Handlers";

/** Words that CommonJS output keeps for itself at the top of a module. */
const moduleWords = new Set(["exports", "module", "require"]);

function functionName(name: string): string {
  const called = propertyName(name);
  return reservedWords.has(called) || moduleWords.has(called) ? `${called}$` : called;
}
