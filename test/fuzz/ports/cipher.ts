import { nodePrimitives } from "../../../runtime/transport/cipher/node-primitives.ts";
import { cipherPreamble, type RecordCipher } from "../../../runtime/wire/cipher/cipher.ts";
import { NkCipherClient } from "../../../runtime/wire/cipher/nk-cipher.ts";
import { Writer } from "../../../runtime/wire/codec/writer.ts";
import { below, bytes, changed, joined, oneOf } from "../bytes.ts";
import type { Grammar } from "../grammar.ts";
import { hello, join, sessionCase } from "./client.ts";

const answerBytes = 48;
const primitives = [nodePrimitives("ChaChaPoly"), nodePrimitives("AESGCM")];

/** Handshakes and records, with frames of the session protocol in them. */
export const cipher: Grammar = {
  port: (addresses) => addresses.client,
  talk(random, { gateKey }) {
    const client = new NkCipherClient(oneOf(random, primitives), Buffer.from(gateKey, "base64url"));
    const preamble = cipherPreamble(client.id);
    const greeting = client.begin(preamble);
    const opening = joined([preamble, greeting.hello]);
    const isWrong = random() < 0.3;
    let records: RecordCipher | undefined;
    let answer: Uint8Array = new Uint8Array(0);
    let last: Uint8Array = new Uint8Array(0);
    let sequence = 0;
    let isFirst = true;

    const content = (): Uint8Array => {
      if (isFirst && random() < 0.9) {
        isFirst = false;
        return joined([hello(random), join(random, ++sequence)]);
      }
      const frames = Array.from({ length: random() < 0.8 ? 1 : 5 }, () => sessionCase(random, ++sequence));
      return joined(frames).subarray(0, 60_000);
    };
    return {
      opening: isWrong ? changed(random, opening) : opening,
      waitsForAnswer: !isWrong,
      heard(chunk) {
        if (records !== undefined || isWrong) return;
        answer = joined([answer, chunk]);
        if (answer.length >= answerBytes) records = greeting.finish(answer.subarray(0, answerBytes));
      },
      next() {
        if (records === undefined || random() < 0.03) return bytes(random, 300);
        // Repeated: it does not verify.
        if (random() < 0.03) return last;
        const whole = content();
        const cut = random() < 0.8 ? whole.length : 1 + below(random, Math.max(1, whole.length - 1));
        const parts = [whole.subarray(0, cut), whole.subarray(cut)].filter((part) => part.length > 0);
        last = joined(parts.map((part) => recordOf(records!, part)));
        return random() < 0.05 ? changed(random, last) : last;
      },
    };
  },
};

function recordOf(records: RecordCipher, content: Uint8Array): Uint8Array {
  const writer = new Writer(content.length + 64);
  writer.append(Uint8Array.of(0, 0));
  records.seal(content, writer);
  writer.view.setUint16(0, writer.position - 2);
  return writer.finish();
}
