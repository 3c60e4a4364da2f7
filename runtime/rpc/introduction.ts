import { type ErrorCode, errorCodeOf } from "../../schema/errors.ts";
import type { CountedLog } from "../log/counted-log.ts";
import { type Decoder, decode, type Encoder } from "../wire/codec/codec-runtime.ts";
import { emptyBytes } from "../wire/empty-bytes.ts";
import {
  LinkChallenge,
  LinkChallenged,
  LinkHello,
  LinkProof,
  LinkProved,
  LinkWelcome,
} from "../wire/generated/photinus/link.ts";
import type { Link } from "./link.ts";
import { admin, adminTimeoutMs, linkVersion } from "./link-administration.ts";
import { DialerChallenge, type ProvenIdentity } from "./trust/challenge.ts";
import type { LinkKeys } from "./trust/link-keys.ts";

/** Peer that introduces itself to a gate; see the fields of this name in `LinkHello`. */
export type Introduced = Omit<LinkHello, "version" | "proof">;

/** Parts of an introduction. */
export interface IntroductionParts {
  readonly self: Introduced;
  /** Address of the gate, for logs. */
  readonly to: string;
  readonly log: CountedLog;
  /** Keys by which both sides prove themselves before they name themselves. Undefined: no challenge. */
  readonly keys: LinkKeys | undefined;
  /** Called once the gate has proved itself, or at once without keys. Until then its messages must be ignored. */
  readonly onTrusted: () => void;
  /** Takes the gate's answer to the hello, before the next message of the gate is delivered. */
  readonly onWelcome: (welcome: LinkWelcome) => void;
}

/**
 * Introduces this side over a new link to a gate: with keys, exchanges proofs first, and names this side only to a gate that has
 * proved itself. Destroys the link when either side refuses.
 */
export function introduce(link: Link, parts: IntroductionParts): void {
  new Introduction(link, parts).begin();
}

class Introduction {
  readonly #link: Link;
  readonly #parts: IntroductionParts;

  constructor(link: Link, parts: IntroductionParts) {
    this.#link = link;
    this.#parts = parts;
  }

  begin(): void {
    const { keys, onTrusted } = this.#parts;
    if (keys === undefined) {
      onTrusted();
      this.#hello();
      return;
    }
    const challenge = new DialerChallenge(keys);
    const { nonce, offered } = challenge;
    const first = { nonce, keys: [...offered], version: linkVersion };
    this.#step(admin.challenge, LinkChallenge, first, LinkChallenged, (challenged) => {
      const proof = challenge.answer(challenged);
      onTrusted();
      this.#step(admin.proof, LinkProof, { proof }, LinkProved, ({ gate }) => this.#hello(challenge, gate));
    });
  }

  #hello(challenge?: DialerChallenge, listener = ""): void {
    const { self, onWelcome } = this.#parts;
    const { name: dialer, role } = self;
    const kind = self.gates.length > 0 ? "gate" : "node";
    const identity: ProvenIdentity = { listener, dialer, kind, role: kind === "gate" ? "" : role };
    const proof = challenge?.introduce(identity) ?? emptyBytes;
    const hello = { ...self, version: linkVersion, proof };
    this.#step(admin.hello, LinkHello, hello, LinkWelcome, (welcome) => {
      challenge?.checkWelcome(welcome.proof, { ...identity, listener: welcome.gate });
      onWelcome(welcome);
    });
  }

  /** Asks the gate, and continues by `then` with its answer. */
  #step<T, R>(
    method: number,
    codec: Encoder<T>,
    value: T,
    answer: Decoder<R>,
    then: (found: R) => void,
  ): void {
    const { log, to } = this.#parts;
    const link = this.#link;
    link.ask(method, codec, value, adminTimeoutMs, undefined, {
      // Not by a promise: later messages of the same chunk must find the gate welcomed.
      answer: (bytes, start, end) => {
        try {
          then(decode(answer, bytes, start, end));
        } catch (error) {
          log.error({ err: error, gate: link.peer }, "introduction to a gate failed", to);
          link.destroy("the introduction failed");
        }
      },
      failure: (code, message) => {
        const hint = hintOf(method, errorCodeOf(code), this.#parts.keys !== undefined);
        log.error({ code, message, gate: link.peer, ...hint }, "link refused by a gate", to);
        link.destroy("refused by the gate");
      },
    });
  }
}

/** Returns the likely mistake of a configuration, for the log. */
function hintOf(method: number, code: ErrorCode, hasKeys: boolean): { readonly hint?: string } {
  if (method === admin.challenge && code === "UNIMPLEMENTED") {
    return { hint: "the gate has no link keys, but this process has; configure the keys of both alike" };
  }
  if (method === admin.hello && code === "UNAUTHENTICATED" && !hasKeys) {
    return { hint: "the gate has link keys, but this process has none; configure the keys of both alike" };
  }
  return {};
}
