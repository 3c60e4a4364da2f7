import type { CommandDescriptor, MethodDescriptor, PushDescriptor } from "./descriptors.ts";
import type {
  Awaitable,
  Caller,
  CommandContext,
  MethodCallOptions,
  MethodContext,
  PushTarget,
} from "./handler-context.ts";

/**
 * The handler of a heavy command or method: a module whose default export `(request: Q) => Awaitable<R>` runs on a
 * worker thread. Made by `heavy(new URL("./forecast.ts", import.meta.url))`.
 */
export interface HeavyHandler<Q, R> {
  readonly module: URL;
  /** Never there: it only carries the types of request and reply. */
  readonly run?: (request: Q) => Awaitable<R>;
}

export interface ServiceDefinition {
  /** Full name: "meadow.Meadow". */
  readonly name: string;
  readonly role: string;
  readonly audience: "clients" | "nodes";
  /** By the name of the handler's property. */
  readonly commands?: Readonly<Record<string, CommandDescriptor<unknown, unknown>>>;
  readonly methods?: Readonly<Record<string, MethodDescriptor<unknown, unknown>>>;
}

/** A handler whose types the compiler has checked against the schema, seen as what a dispatcher needs. */
export type CommandHandler = (request: unknown, context: CommandContext) => unknown;
export type MethodHandler = (request: unknown, context: MethodContext) => unknown;

export interface BoundCommand {
  readonly descriptor: CommandDescriptor<unknown, unknown>;
  readonly handler: CommandHandler | HeavyHandler<unknown, unknown>;
}

export interface BoundMethod {
  readonly descriptor: MethodDescriptor<unknown, unknown>;
  readonly handler: MethodHandler | HeavyHandler<unknown, unknown>;
}

/** A service with its handlers: what a node module gives to its node. */
export interface ServiceImplementation {
  readonly name: string;
  readonly role: string;
  readonly commands: readonly BoundCommand[];
  readonly methods: readonly BoundMethod[];
}

export interface Service<H> {
  /**
   * Joins the service with its handlers. A missing or mistyped one does not compile; in untyped code it throws a
   * TypeError that names the service and the handler.
   */
  implement(handlers: H): ServiceImplementation;
}

/** Makes the service object that generated code exports. `H` is the generated interface of its handlers. */
export function defineService<H extends object>(definition: ServiceDefinition): Service<H> {
  return {
    implement(handlers) {
      const { name, role } = definition;
      const commands: BoundCommand[] = [];
      for (const [property, descriptor] of Object.entries(definition.commands ?? {})) {
        commands.push({
          descriptor,
          handler: handlerOf<CommandHandler>(name, property, handlers, descriptor.heavy),
        });
      }
      const methods: BoundMethod[] = [];
      for (const [property, descriptor] of Object.entries(definition.methods ?? {})) {
        methods.push({
          descriptor,
          handler: handlerOf<MethodHandler>(name, property, handlers, descriptor.heavy),
        });
      }
      return { name, role, commands, methods };
    },
  };
}

/** Calls a method of another node; what generated callers come down to. */
export function callMethod<Q, R>(
  caller: Caller,
  method: MethodDescriptor<Q, R>,
  request: Q,
  options?: MethodCallOptions,
): Promise<R> {
  return caller.call(method, request, options);
}

/** Sends a one-way call to another node. */
export function noticeMethod<Q, R>(
  caller: Caller,
  method: MethodDescriptor<Q, R>,
  request: Q,
  options?: MethodCallOptions,
): void {
  caller.notice(method, request, options);
}

/** Sends a push; what generated push functions come down to. */
export function sendPush<M>(target: PushTarget, push: PushDescriptor<M>, message: M): void {
  target.push(push, message);
}

export function isHeavyHandler(handler: unknown): handler is HeavyHandler<unknown, unknown> {
  return (
    typeof handler === "object" && handler !== null && "module" in handler && handler.module instanceof URL
  );
}

type AnyHandler = (request: unknown, context: never) => unknown;

function handlerOf<F extends AnyHandler>(
  service: string,
  property: string,
  handlers: object,
  heavy: boolean,
): F | HeavyHandler<unknown, unknown> {
  const handler: unknown = Reflect.get(handlers, property);
  if (heavy) {
    if (isHeavyHandler(handler)) return handler;
    throw new TypeError(
      `${service}: "${property}" is declared heavy and needs a module: heavy(new URL("./${property}.ts", import.meta.url))`,
    );
  }
  if (isFunction<F>(handler)) return handler.bind(handlers) as F;
  throw new TypeError(
    `${service}: no handler "${property}"; implement({ ${property}(request, ctx) { ... } })`,
  );
}

function isFunction<F extends AnyHandler>(value: unknown): value is F {
  return typeof value === "function";
}
