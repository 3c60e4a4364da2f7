/**
 * Place in the code that made a call; kept until the call has ended. The engine formats the stack only when it is read.
 */
export interface Caller {
  readonly stack?: string;
}

type AnyFunction = (...args: never[]) => unknown;

/** Captures the stack above a function that is being called; the function itself is left out. */
export function callerAbove(called: AnyFunction): Caller {
  const caller: { stack?: string } = {};
  const { captureStackTrace } = Error as { captureStackTrace?: (into: object, above: AnyFunction) => void };
  if (captureStackTrace) captureStackTrace(caller, called);
  else caller.stack = new Error().stack ?? "";
  return caller;
}

/** Returns the places of a stack, each after a line break. */
export function placesOf({ stack = "" }: Caller): string {
  const at = stack.indexOf("\n    at ");
  return at < 0 ? `\n${stack}` : stack.slice(at);
}
