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
 * Handler of a heavy command or method: a module whose default export `(request: Q) => Awaitable<R>` runs on a worker
 * thread. Made by `heavy(new URL("./forecast.ts", import.meta.url))`.
 */
export interface HeavyHandler<Q, R> {
  /** Location of the module that runs on the worker thread. */
  readonly module: URL;
  /** Always absent at run time; carries the types of request and reply. */
  readonly run?: (request: Q) => Awaitable<R>;
}

/** Description of a service in generated code: its name, role and descriptors, without handlers. */
export interface ServiceDefinition {
  /** Full name: "meadow.Meadow". */
  readonly name: string;
  /** Role of the nodes that serve the service: "scene". */
  readonly role: string;
  /** Whether clients or other nodes call the service. */
  readonly audience: "clients" | "nodes";
  /** Command descriptors, by the name of the handler's property. */
  readonly commands?: Readonly<Record<string, CommandDescriptor<unknown, unknown>>>;
  /** Method descriptors, by the name of the handler's property. */
  readonly methods?: Readonly<Record<string, MethodDescriptor<unknown, unknown>>>;
}

/**
 * Handler of a command, with the types that the dispatcher needs. The compiler has checked them against the schema.
 */
export type CommandHandler = (request: unknown, context: CommandContext) => unknown;
/** Handler of a method, with the types that the dispatcher needs. The compiler has checked them against the schema. */
export type MethodHandler = (request: unknown, context: MethodContext) => unknown;

/** A command with its handler. */
export interface BoundCommand {
  readonly descriptor: CommandDescriptor<unknown, unknown>;
  readonly handler: CommandHandler | HeavyHandler<unknown, unknown>;
}

/** A method with its handler. */
export interface BoundMethod {
  readonly descriptor: MethodDescriptor<unknown, unknown>;
  readonly handler: MethodHandler | HeavyHandler<unknown, unknown>;
}

/** A service with its handlers: the value that a node module hands to its node. */
export interface ServiceImplementation {
  /** Full name of the service: "meadow.Meadow". */
  readonly name: string;
  /** Role of the nodes that serve the service: "scene". */
  readonly role: string;
  /** Commands of clients, each with its handler; empty for a service of nodes. */
  readonly commands: readonly BoundCommand[];
  /** Methods of nodes, each with its handler; empty for a service of clients. */
  readonly methods: readonly BoundMethod[];
}

/** A service of the schema, as generated code exports it. `H` is the generated interface of its handlers. */
export interface Service<H> {
  /**
   * Binds the handlers to the service. A missing or mistyped handler does not compile; in untyped code it throws a
   * TypeError that names the service and the handler.
   */
  implement(handlers: H): ServiceImplementation;
}

/** Creates the service object that generated code exports. `H` is the generated interface of its handlers. */
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

/** Calls a method of another node, on behalf of a generated caller. Rejects as {@link Caller.call} does. */
export function callMethod<Q, R>(
  caller: Caller,
  method: MethodDescriptor<Q, R>,
  request: Q,
  options?: MethodCallOptions,
): Promise<R> {
  return caller.call(method, request, options);
}

/** Sends a one-way call to another node, on behalf of a generated caller. */
export function noticeMethod<Q, R>(
  caller: Caller,
  method: MethodDescriptor<Q, R>,
  request: Q,
  options?: MethodCallOptions,
): void {
  caller.notice(method, request, options);
}

/** Sends a push, on behalf of a generated push function. */
export function sendPush<M>(target: PushTarget, push: PushDescriptor<M>, message: M): void {
  target.push(push, message);
}

/** Whether a handler is a heavy one, made by `heavy(...)`. */
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
      `${service}: "${property}" is declared heavy; expected a module: heavy(new URL("./${property}.ts", import.meta.url))`,
    );
  }
  if (isFunction<F>(handler)) return handler.bind(handlers) as F;
  throw new TypeError(
    `${service}: no handler "${property}"; expected implement({ ${property}(request, ctx) { ... } })`,
  );
}

function isFunction<F extends AnyHandler>(value: unknown): value is F {
  return typeof value === "function";
}
