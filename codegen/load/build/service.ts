import type {
  BodyType,
  Command,
  Compress,
  Deprecable,
  Message,
  Method,
  Push,
  Service,
} from "../../../schema/model.ts";
import { isNodeName } from "../../../schema/node-name.ts";
import { idRange, isId, methodId } from "../check/ids.ts";
import { deprecationInside, deprecationOf } from "../link/deprecation.ts";
import type { OptionObject } from "../link/option-object.ts";
import { join } from "../link/symbols.ts";
import { isProto2, type RpcNode, type ServiceNode, type Word } from "../read/outline.ts";
import { nodeNameHelp, PolicyReader, tickOf } from "./call-policy.ts";
import type { FileContext } from "./file-context.ts";
import { checkPath } from "./paths.ts";

/** Options of Photinus that say what kind of call an rpc is. */
const kinds = ["photinus.command", "photinus.push", "photinus.method"] as const;

/** Defaults of a service that nothing in a service for nodes has. */
const clientDefaults = [
  ["auth", "commands of clients"],
  ["tick_ms", "pushes to clients"],
] as const;

/** Body of an rpc as declared, with the placeholders `photinus.None` and `photinus.Push`. */
type Body = BodyType | { readonly kind: "none" } | { readonly kind: "push" };

/** Properties of a call that its policy does not decide. */
type Declared = Pick<Command, "name" | "fullName" | "comment" | "location" | "deprecated">;

/** One rpc with its checked options and resolved bodies. */
interface Rpc {
  readonly node: RpcNode;
  readonly fullName: string;
  readonly options: OptionObject;
  /** Body of the request; undefined when its type is unknown or cannot be sent, which was reported as an error. */
  readonly request: Body | undefined;
  /** Body of the reply; undefined in the cases of `request`. */
  readonly response: Body | undefined;
  /** Deprecation of the service, which its calls share. */
  readonly around: Deprecable;
}

/**
 * Builds the services of one file. Runs after the messages of all files are built, since routes and keys name fields of messages
 * in other files.
 */
export class ServiceBuilder {
  readonly #context: FileContext;
  readonly #messages: ReadonlyMap<string, Message>;

  /** @param messages all messages of the schema by full name */
  constructor(context: FileContext, messages: ReadonlyMap<string, Message>) {
    this.#context = context;
    this.#messages = messages;
  }

  /** Builds a service and its calls, and reports their errors. */
  build(node: ServiceNode): Service {
    const context = this.#context;
    const fullName = join(context.package, node.name);
    const options = context.options.check(node.options, "Service", context.file, context.package, node.at);
    const own = options.object("photinus.service");
    const audience = own?.string("audience") === "NODES" ? "NODES" : "CLIENTS";
    const role = own?.string("role") ?? "";
    const flawed = options.flawed || own?.flawed;
    if (role === "" && !flawed) {
      const help = `add option (photinus.service) = { role: "${node.name.toLowerCase()}" };`;
      context.refuse("PH040", own?.place("role") ?? node.at, `the service ${node.name} has no role`, help);
    } else if (role !== "" && !isNodeName(role)) {
      context.refuse(
        "PH041",
        own?.place("role") ?? node.at,
        `invalid name of a role: ${JSON.stringify(role)}`,
        nodeNameHelp,
      );
    }
    for (const [name, what] of clientDefaults) {
      if (audience !== "NODES" || !own?.has(name)) continue;
      const help = `remove it; ${name} applies only to ${what}`;
      context.refuse("PH014", own.place(name), `${name} has no effect in a service for nodes`, help);
    }
    const reservedIds = this.#reservedIds(own);
    const described = deprecationOf(node, options, context.deprecation);
    const around = deprecationInside(described.deprecated, `the service ${fullName}`);
    const commands: Command[] = [];
    const pushes: Push[] = [];
    const methods: Method[] = [];
    for (const rpcNode of node.rpcs) {
      const rpc = this.#rpc(rpcNode, fullName, around);
      switch (this.#kindOf(rpc, node, audience)) {
        case "photinus.command":
          commands.push(this.#command(rpc, own));
          break;
        case "photinus.push":
          pushes.push(this.#push(rpc, own));
          break;
        case "photinus.method":
          methods.push(this.#method(rpc));
          break;
        case undefined:
      }
    }
    return {
      name: node.name,
      fullName,
      ...described,
      location: context.location(node.at),
      role,
      audience,
      ...(reservedIds.length === 0 ? {} : { reservedIds }),
      commands,
      pushes,
      methods,
    };
  }

  #rpc(node: RpcNode, service: string, around: Deprecable): Rpc {
    const context = this.#context;
    const fullName = join(service, node.name);
    if (node.stream !== undefined) {
      const help =
        "remove stream; use pushes to send several messages to a client, notifies to send them to the server";
      context.refuse("PH049", node.stream, "streams are not supported", help);
    }
    return {
      node,
      fullName,
      options: context.options.check(node.options, "Method", context.file, service, node.at),
      request: this.#body(node.request, service),
      response: this.#body(node.response, service),
      around,
    };
  }

  /** Resolves the body of an rpc. Reports types that cannot be sent: enums, and messages without generated code. */
  #body(word: Word, service: string): Body | undefined {
    const symbol = this.#context.resolve(word, service, "names");
    if (symbol === undefined) return undefined;
    switch (symbol.name) {
      case "photinus.Raw":
        return { kind: "raw" };
      case "photinus.None":
        return { kind: "none" };
      case "photinus.Push":
        return { kind: "push" };
      default:
    }
    const ofProto2 = isProto2(symbol.file);
    if (symbol.kind === "enum" || ofProto2 || this.#context.isForeign(symbol)) {
      const own = ofProto2 ? "a message of a proto2 file" : "a message of Photinus";
      const what = symbol.kind === "enum" ? "an enum" : own;
      const help = "declare a message in the schema, with a field for it";
      this.#context.refuse("PH004", word.at, `${symbol.name} is ${what} and cannot be sent`, help);
      return undefined;
    }
    return { kind: "message", name: symbol.name };
  }

  /** Kind of the rpc; undefined after an error about it was reported. */
  #kindOf(rpc: Rpc, service: ServiceNode, audience: Service["audience"]): (typeof kinds)[number] | undefined {
    const { node, options, response } = rpc;
    const set = kinds.filter((kind) => options.has(kind));
    const [first, second] = set;
    if (second !== undefined) {
      const message = `${node.name} is declared as ${set.map((kind) => `(${kind})`).join(" and ")}`;
      this.#context.refuse("PH045", options.place(second), message, "keep one of these options");
      return undefined;
    }
    if (audience === "NODES" && first !== undefined && first !== "photinus.method") {
      const help = "move the rpc to a service for clients, or use (photinus.method)";
      const message = `(${first}) is for clients, but ${service.name} is a service for nodes`;
      this.#context.refuse("PH046", options.place(first), message, help);
      return undefined;
    }
    if (audience === "CLIENTS" && first === "photinus.method") {
      const message = `(photinus.method) is for nodes, but ${service.name} is a service for clients`;
      const help = "use (photinus.command), or move the rpc to a service with audience: NODES";
      this.#context.refuse("PH046", options.place(first), message, help);
      return undefined;
    }
    const kind = first ?? (audience === "NODES" ? "photinus.method" : undefined);
    if (response?.kind === "push" && kind !== "photinus.push") {
      const help =
        audience === "NODES"
          ? "move the push to a service for clients; a service for nodes has no pushes"
          : "add option (photinus.push) = { id: ... }; or return another message";
      const message = `${node.name} returns photinus.Push, but is not declared as a push`;
      this.#context.refuse("PH048", node.response.at, message, help);
      return undefined;
    }
    if (kind === undefined && options.flawed) return undefined;
    if (kind === undefined) {
      const help =
        "add option (photinus.command) = { id: ... }; for calls between nodes set audience: NODES in the service";
      this.#context.refuse("PH047", node.at, `${node.name} is neither a command nor a push`, help);
      return undefined;
    }
    if (kind === "photinus.push" && response !== undefined && response.kind !== "push") {
      const message = `the push ${node.name} returns ${node.response.text}, but a push has no reply`;
      this.#context.refuse("PH048", node.response.at, message, "write returns (photinus.Push)");
    }
    return kind;
  }

  /** Body that the caller sends: a message or opaque bytes. */
  #request({ node, request }: Rpc): BodyType {
    if (request === undefined) return { kind: "raw" };
    if (request.kind === "none" || request.kind === "push") {
      const help = "declare an empty message, which can get fields later, or use photinus.Raw";
      this.#context.refuse(
        "PH050",
        node.request.at,
        `${node.name} takes ${node.request.text}, which cannot be sent`,
        help,
      );
      return { kind: "raw" };
    }
    return request;
  }

  #messageOf({ request }: Rpc): Message | "raw" | undefined {
    if (request?.kind === "raw") return "raw";
    return request?.kind === "message" ? this.#messages.get(request.name) : undefined;
  }

  #declaration({ node, fullName, options, around }: Rpc): Declared {
    const described = deprecationOf(node, options, around);
    return { name: node.name, fullName, ...described, location: this.#context.location(node.at) };
  }

  /** Ids that a service reserves, after a check of their range. */
  #reservedIds(options: OptionObject | undefined): number[] {
    const ids = (options?.list("reserved") ?? []).filter((id) => typeof id === "number");
    const at = options?.at("reserved");
    for (const id of ids) {
      if (at === undefined || isId(id)) continue;
      this.#context.refuse("PH043", at, `the reserved id is ${id}`, `use ${idRange}`);
    }
    return ids;
  }

  /** Declared id of a call, after a check of its range; undefined without one. */
  #id({ node, fullName }: Rpc, options: OptionObject): number | undefined {
    const id = options.number("id");
    if (id === undefined) return undefined;
    const at = options.place("id");
    this.#context.places.set(fullName, this.#context.location(at));
    if (!isId(id)) {
      const reason =
        id === 0
          ? "0 is not a valid id"
          : "ids from 4294967040 (0xFFFFFF00) up are reserved for control messages";
      this.#context.refuse("PH043", at, `the id of ${node.name} is ${id}: ${reason}`, `use ${idRange}`);
    }
    return id;
  }

  #requiredId(rpc: Rpc, options: OptionObject, kind: string): number {
    const id = this.#id(rpc, options);
    if (id === undefined && !options.flawed) {
      const at = rpc.options.place(kind);
      this.#context.refuse(
        "PH042",
        at,
        `${rpc.node.name} has no id`,
        `add id: ... to (${kind}), a number from ${idRange}`,
      );
    }
    return id ?? 0;
  }

  /** Builds a command. Its `auth` defaults to that of the service, then to USER. */
  #command(rpc: Rpc, service: OptionObject | undefined): Command {
    const options = rpc.options.object("photinus.command") ?? rpc.options;
    const policy = new PolicyReader(this.#context, options);
    const id = this.#requiredId(rpc, options, "photinus.command");
    const rate = policy.rate();
    const declared = [options, service]
      .map((o) => o?.string("auth"))
      .find((a) => a !== "AUTH_UNSPECIFIED" && a);
    return {
      ...this.#call(rpc, id, options, policy, "command"),
      auth: (declared ?? "USER") as Command["auth"],
      ...(rate === undefined ? {} : { rate }),
      maxBytes: policy.maxBytes(),
      lane: policy.lane(),
      compress: compressOf(options),
    };
  }

  /** Builds a method. Its id defaults to a hash of its full name. */
  #method(rpc: Rpc): Method {
    const options = rpc.options.object("photinus.method") ?? rpc.options;
    const policy = new PolicyReader(this.#context, options);
    const id = this.#id(rpc, options) ?? methodId(rpc.fullName);
    return this.#call(rpc, id, options, policy, "method");
  }

  /** Properties that commands and methods have in common. */
  #call(
    rpc: Rpc,
    id: number,
    options: OptionObject,
    policy: PolicyReader,
    kind: "command" | "method",
  ): Method {
    const request = this.#request(rpc);
    const reply = replyOf(rpc);
    const minRelease = policy.minRelease();
    return {
      ...this.#declaration(rpc),
      id,
      request,
      ...(reply === undefined ? {} : { reply }),
      timeoutMs: policy.timeoutMs(reply !== undefined),
      route: policy.route(this.#messageOf(rpc), this.#messages, kind),
      idempotent: options.bool("idempotent"),
      heavy: options.bool("heavy"),
      ...(minRelease === undefined ? {} : { minRelease }),
    };
  }

  #push(rpc: Rpc, service: OptionObject | undefined): Push {
    const options = rpc.options.object("photinus.push") ?? rpc.options;
    const id = this.#requiredId(rpc, options, "photinus.push");
    const body = this.#request(rpc);
    const delivery = (options.string("delivery") ?? "RELIABLE") as Push["delivery"];
    const text = options.string("key");
    const key = text === undefined ? undefined : this.#key(rpc, text, delivery, options);
    return {
      ...this.#declaration(rpc),
      id,
      body,
      delivery,
      ...(key === undefined ? {} : { key }),
      compress: compressOf(options),
      tickMs: tickOf(this.#context, options, service, delivery),
    };
  }

  /** Path of the key of a push, by which LATEST keeps one push for each subject. */
  #key(rpc: Rpc, text: string, delivery: Push["delivery"], options: OptionObject): string[] {
    const at = options.place("key");
    if (delivery !== "LATEST") {
      const message = `${rpc.node.name} has a key, but its delivery is ${delivery}`;
      this.#context.refuse("PH058", at, message, "add delivery: LATEST, or remove the key");
    }
    const message = this.#messageOf(rpc);
    if (message === "raw") {
      const help = "remove the key, or declare a message for the body";
      this.#context.refuse("PH053", at, "the push is photinus.Raw, which has no field for a key", help);
    } else if (message !== undefined) {
      return checkPath(this.#context, text, at, message, this.#messages, "key");
    }
    return text.split(".");
  }
}

function compressOf(options: OptionObject): Compress {
  return (options.string("compress") ?? "AUTOMATIC") as Compress;
}

/** Body of the reply; undefined for a call without one. */
function replyOf({ response }: Rpc): BodyType | undefined {
  return response?.kind === "message" || response?.kind === "raw" ? response : undefined;
}
