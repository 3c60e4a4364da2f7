/** Where a call was made; kept until the call has ended. The engine makes the text only when it is read. */
export interface Caller {
  readonly stack?: string;
}

type AnyFunction = (...args: never[]) => unknown;

/** The stack above a function that is being called, which is left out itself. */
export function callerAbove(called: AnyFunction): Caller {
  const caller: { stack?: string } = {};
  const { captureStackTrace } = Error as { captureStackTrace?: (into: object, above: AnyFunction) => void };
  if (captureStackTrace) captureStackTrace(caller, called);
  else caller.stack = new Error().stack ?? "";
  return caller;
}

/** The places of a stack, each on a line of its own after a line break. */
export function placesOf({ stack = "" }: Caller): string {
  const at = stack.indexOf("\n    at ");
  return at < 0 ? `\n${stack}` : stack.slice(at);
}
