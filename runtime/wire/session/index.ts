export {
  deadlineBytes,
  Envelope,
  envelopeBytes,
  flag,
  type IllegalEnvelope,
  type Kind,
  kind,
  nextSequence,
  readEnvelope,
  writeEnvelope,
  writeRequestEnvelope,
} from "./envelope.ts";
export { beginMessage, wholeMs, writeControl } from "./messages.ts";
