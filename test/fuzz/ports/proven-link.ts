import { admin, linkVersion } from "../../../runtime/rpc/link-administration.ts";
import { LinkKeys } from "../../../runtime/rpc/trust/link-keys.ts";
import { encode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { LinkChallenge, LinkProof } from "../../../runtime/wire/generated/photinus/link.ts";
import { linkMessage } from "../../setup/frames.ts";
import { bytes, joined, oneOf, type Random } from "../bytes.ts";
import type { Grammar } from "../grammar.ts";
import { link } from "./link.ts";

/** Key of the target's second gate. The fuzz uses its id alone, as somebody who has heard the challenge of another peer. */
export const fuzzKey = "fuzz-key-0123456789-abcdefghijklmnop";
const ids = LinkKeys.of(fuzzKey).accepted.map(({ id }) => id);

/** The challenge of a peer without the key, in either form, with or without a made-up proof. */
function opening(random: Random, isMapForm: boolean): Uint8Array {
  const nonce = Uint8Array.from({ length: 32 }, () => random() * 256);
  const offered = random() < 0.9 ? ids : [bytes(random, 40)];
  const proof = Uint8Array.from({ length: 32 }, () => random() * 256);
  const ask = (name: string, ...args: unknown[]) =>
    linkMessage({ _msgtype: "ASK", _key: 0, _name: name, _args: args, _kw: {} });
  const compact = (method: number, body: Uint8Array) =>
    linkMessage([0, 1, method, 1_000, null, Buffer.from(body)]);
  const [challenge, prove] = isMapForm
    ? [
        ask(
          "linkChallenge",
          Buffer.from(nonce),
          offered.map((id) => Buffer.from(id)),
          linkVersion,
        ),
        ask("linkProof", Buffer.from(proof)),
      ]
    : [
        compact(admin.challenge, encode(LinkChallenge, { nonce, keys: [...offered], version: linkVersion })),
        compact(admin.proof, encode(LinkProof, { proof })),
      ];
  return oneOf(random, [new Uint8Array(0), challenge, joined([challenge, prove])]);
}

/** Links to a gate with link keys, of peers that have none. */
export const provenLink: Grammar = {
  port: (addresses) => addresses.provenLinks,
  talk(random, addresses) {
    return { ...link.talk(random, addresses), opening: opening(random, random() < 0.35) };
  },
};
