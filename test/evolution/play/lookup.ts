import type { Command, Enum, Message, Method, Push, Schema, Service } from "../../../schema/model.ts";
import type { Pair } from "../corpus/pair.ts";

/** A call of a schema with the service that it belongs to. */
export interface Placed<C> {
  readonly service: Service;
  readonly call: C;
}

/** Finds a message by its full name. Throws for an unknown one. */
export function messageOf(schema: Schema, name: string): Message {
  const found = schema.files.flatMap(({ messages }) => messages).find(({ fullName }) => fullName === name);
  if (found === undefined) throw new Error(`no message ${name} in the schema`);
  return found;
}

/** Finds an enum by its full name. Throws for an unknown one. */
export function enumOf(schema: Schema, name: string): Enum {
  const found = schema.files.flatMap(({ enums }) => enums).find(({ fullName }) => fullName === name);
  if (found === undefined) throw new Error(`no enum ${name} in the schema`);
  return found;
}

export function servicesOf(schema: Schema): Service[] {
  return schema.files.flatMap(({ services }) => services);
}

export function commandsOf(schema: Schema): Placed<Command>[] {
  return servicesOf(schema).flatMap((service) => service.commands.map((call) => ({ service, call })));
}

export function pushesOf(schema: Schema): Placed<Push>[] {
  return servicesOf(schema).flatMap((service) => service.pushes.map((call) => ({ service, call })));
}

export function methodsOf(schema: Schema): Placed<Method>[] {
  return servicesOf(schema).flatMap((service) => service.methods.map((call) => ({ service, call })));
}

/**
 * Identity of a call over both schemas of a pair: its own name without package and service, since a call that moves to another
 * service keeps its meaning. A call that `photinus rename` renamed has its former name.
 */
export function identityOf({ renamedCalls = {} }: Pair, fullName: string): string {
  const former = Object.keys(renamedCalls).find((name) => renamedCalls[name] === fullName) ?? fullName;
  return former.slice(former.lastIndexOf(".") + 1);
}
