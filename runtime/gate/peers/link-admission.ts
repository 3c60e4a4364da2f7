import { type ErrorCode, fail, isPhotinusError, type PhotinusError } from "../../../schema/errors.ts";
import { isNodeName, nodeNameRule } from "../../../schema/node-name.ts";
import type { Link } from "../../rpc/link.ts";
import { admin } from "../../rpc/link-administration.ts";
import type { MapFormResponder, Responder } from "../../rpc/link-handler.ts";
import { isCertificateFor } from "../../rpc/trust/certificate-name.ts";
import { ListenerChallenge } from "../../rpc/trust/challenge.ts";
import { TcpTransport } from "../../transport/tcp.ts";
import { decode } from "../../wire/codec/codec-runtime.ts";
import { emptyBytes } from "../../wire/empty-bytes.ts";
import { LinkChallenge, LinkChallenged, LinkProof, LinkProved } from "../../wire/generated/photinus/link.ts";
import type { GateCore } from "../gate-core.ts";
import { type GateLinkTrust, mayTakeRole } from "./allowed-peers.ts";

/** How long a refused peer may take to read its last answer, in ms. */
const refusedMs = 1_000;

/**
 * Checks of a peer before it is registered: the exchange of proofs, then its name and role. An unproven peer learns no name of a
 * node or gate, neither from an answer nor from an error.
 */
export class LinkAdmission {
  readonly #core: GateCore;
  readonly #trust: GateLinkTrust;
  readonly #challenge: ListenerChallenge | undefined;
  readonly #link: () => Link;

  constructor(core: GateCore, trust: GateLinkTrust, link: () => Link) {
    this.#core = core;
    this.#trust = trust;
    this.#link = link;
    this.#challenge = trust.keys === undefined ? undefined : new ListenerChallenge(trust.keys);
  }

  /** Serves an ASK of the exchange. Returns false for any other method. A peer that fails is answered, and its link closed. */
  ask(method: number, bytes: Uint8Array, start: number, end: number, reply: Responder): boolean {
    if (method === admin.challenge) {
      this.#guard(reply, () => {
        const { nonce, keys, version } = decode(LinkChallenge, bytes, start, end);
        reply.answer(LinkChallenged, this.#expectChallenge().challenge(nonce, keys, version));
      });
    } else if (method === admin.proof) {
      this.#guard(reply, () => {
        this.#expectChallenge().prove(decode(LinkProof, bytes, start, end).proof);
        reply.answer(LinkProved, { gate: this.#core.name });
      });
    } else return false;
    return true;
  }

  /** Serves a call of the exchange in the map form. Returns false for any other name. */
  mapForm(name: string, args: readonly unknown[], reply: MapFormResponder | undefined): boolean {
    if (name === "linkChallenge") {
      this.#guard(reply, () => {
        const [nonce, keys, version = 1] = args;
        const isSound = nonce instanceof Uint8Array && Array.isArray(keys) && keys.every(isBytes);
        if (!isSound || typeof version !== "number") {
          throw fail("INVALID_ARGUMENT", "expected linkChallenge(nonce, [key ids], version), with bytes");
        }
        reply?.answer(this.#expectChallenge().challenge(nonce, keys, version));
      });
    } else if (name === "linkProof") {
      this.#guard(reply, () => {
        this.#expectChallenge().prove(bytesOf(args[0]));
        reply?.answer(this.#core.name);
      });
    } else return false;
    return true;
  }

  /** Refuses a message of the compact form before the registration. */
  tooEarly(reply: Responder | undefined): void {
    const next = this.#isProved ? "hello" : "a link challenge";
    reply?.fail(fail("UNAUTHENTICATED", `the first message must be ${next}`));
  }

  /** Refuses a call of the map form before the registration. */
  tooEarlyMapForm(reply: MapFormResponder | undefined): void {
    const next = this.#isProved ? "takeProxy(name)" : "linkChallenge(nonce, keys)";
    reply?.fail(fail("UNAUTHENTICATED", `the first call must be ${next}`));
  }

  /**
   * Checks the proof, the name and the role of a peer that registers. Returns the gate's proof, which is empty without keys. The
   * name and the role come from the peer unchecked, and may have any type. Throws UNAUTHENTICATED, and closes the link then;
   * INVALID_ARGUMENT; PERMISSION_DENIED for a name or role that the gate's list of peers lacks.
   */
  introduce(kind: "node" | "gate", name: unknown, role: unknown, proof: unknown): Uint8Array {
    const core = this.#core;
    let own: Uint8Array = emptyBytes;
    if (this.#challenge !== undefined) {
      const identity = { listener: core.name, dialer: textOf(name), kind, role: textOf(role) };
      try {
        own = this.#challenge.introduce(bytesOf(proof), identity);
      } catch (error) {
        this.#close(error);
        throw error;
      }
    }
    if (!isNodeName(name)) throw this.refused(badName("name", name));
    this.#checkCertificate(name);
    if (kind === "node" && !isNodeName(role)) throw this.refused(badName("role", role));
    if (name === core.name) {
      throw this.refused(`${kind} name "${name}" is the name of this gate; choose another name`);
    }
    const { peers } = this.#trust;
    if (peers === undefined) return own;
    if (kind === "gate" && !peers.gates.includes(name)) {
      throw this.refused(`the topology has no gate "${name}"`, "PERMISSION_DENIED");
    }
    if (kind === "node" && !mayTakeRole(peers, name, String(role))) {
      throw this.refused(`the topology has no node "${name}" of role "${String(role)}"`, "PERMISSION_DENIED");
    }
    return own;
  }

  /** Checks that the certificate of the peer, where peers must show one, is for its name. Throws UNAUTHENTICATED, and closes the link. */
  #checkCertificate(name: string): void {
    if (this.#trust.serverTls?.asksClient !== true) return;
    const { transport } = this.#link();
    const certificate = transport instanceof TcpTransport ? transport.peerCertificate : undefined;
    if (certificate !== undefined && isCertificateFor(certificate, name)) return;
    const error = fail("UNAUTHENTICATED", `the certificate of the peer is not for the name "${name}"`);
    this.#close(error);
    throw error;
  }

  /** Counts and logs a refused registration. Returns the error to throw. */
  refused(reason: string, code: ErrorCode = "INVALID_ARGUMENT"): PhotinusError {
    const what = code === "PERMISSION_DENIED" ? "links.refused.role" : "links.refused.name";
    this.#core.refusals.note(what, { remote: this.#link().transport.remote, reason });
    return fail(code, reason);
  }

  /** True once the peer has proved itself, and without keys. */
  get #isProved(): boolean {
    return this.#challenge?.proved ?? true;
  }

  #expectChallenge(): ListenerChallenge {
    if (this.#challenge !== undefined) return this.#challenge;
    throw fail("UNIMPLEMENTED", "this gate has no link keys");
  }

  #guard(reply: Responder | MapFormResponder | undefined, serve: () => void): void {
    try {
      serve();
    } catch (error) {
      reply?.fail(error);
      this.#close(error);
    }
  }

  /** Counts a failed exchange, and closes the link once its last answer is sent. */
  #close(error: unknown): void {
    const { remote } = this.#link().transport;
    const reason = isPhotinusError(error) ? error.reason : "malformed";
    this.#core.refusals.note("links.refused.proof", { remote, reason });
    void this.#link().close({ graceMs: refusedMs });
  }
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

/** Texts alone: the conversion of a hostile object may throw. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : emptyBytes;
}

/** Describes a refused name. The name is quoted and truncated, because it goes into a log line and back to the peer. */
function badName(what: "name" | "role", found: unknown): string {
  const shown =
    typeof found === "string" ? JSON.stringify(found.slice(0, 80)) : `a value of type ${typeof found}`;
  return `invalid node ${what} ${shown}; expected ${nodeNameRule}`;
}
