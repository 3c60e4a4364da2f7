import { type Given, object, type RulesOf, withDefault } from "../../options/option-rules.ts";
import { choice, either, list, whole } from "../../options/rule-kinds.ts";

/** Compression of bodies between a gate and the clients that ask for it. */
export interface CompressionOptions {
  /** Least size of a body that is compressed, in bytes. Default 1,024. */
  readonly aboveBytes?: number;
  /** Allowed compressions; each client's favourite of them is used. Default both. */
  readonly kinds?: readonly ("deflate-raw" | "zstd")[];
}

const compression = object({
  aboveBytes: withDefault(whole(64, 1 << 20, "bytes"), 1_024),
  kinds: withDefault(list(choice(["deflate-raw", "zstd"]), 1, "kinds"), ["deflate-raw", "zstd"]),
} satisfies RulesOf<CompressionOptions>);

/** Rule of `compression`, shared with the topology. */
export const compressionOption = withDefault(either([true, false], compression), false);

/** Compression of a gate with all defaults filled in; a boolean turns it on or off. */
export type ResolvedCompression = boolean | Given<typeof compression>;
