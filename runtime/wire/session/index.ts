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
export {
  beginMessage,
  type FailureLike,
  writeControl,
  writeFailure,
  writeFailureFields,
} from "./messages.ts";
