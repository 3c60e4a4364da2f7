import type { Protocol } from "../../api/protocol.ts";
import type { Counters } from "../../log/counters.ts";
import { Compression } from "../../wire/generated/photinus/control.ts";
import { BodyPacker, type CompressibleBodies } from "./body-packer.ts";
import type { ResolvedCompression } from "./compression-options.ts";

const kinds = { "deflate-raw": Compression.DEFLATE_RAW, zstd: Compression.ZSTD } as const;

/** Number of a client's compressions that are considered: a Hello may list as many as fit into a frame. */
const consideredCount = 16;

/** Compression of a gate: chooses the one of each client, by what the client can expand. */
export class GateCompression {
  readonly #packers: readonly BodyPacker[];

  constructor(protocol: Protocol, options: ResolvedCompression, counters: Counters) {
    const { aboveBytes = 1_024, kinds: allowed = ["deflate-raw", "zstd"] as const } =
      typeof options === "boolean" ? {} : options;
    const bodies: CompressibleBodies = {
      replies: new Set(
        protocol.commands
          .filter(({ compressible }) => compressible === "reply" || compressible === "both")
          .map(({ id }) => id),
      ),
      pushes: new Set(protocol.pushes.filter(({ compressible }) => compressible).map(({ id }) => id)),
    };
    this.#packers =
      options === false
        ? []
        : [...new Set(allowed)].map((kind) => new BodyPacker(kinds[kind], aboveBytes, bodies, counters));
  }

  /** Returns the packer of the first compression of a client that the gate allows; undefined without one. */
  choose(wanted: readonly Compression[]): BodyPacker | undefined {
    for (const kind of wanted.slice(0, consideredCount)) {
      const packer = this.#packers.find((one) => one.kind === kind);
      if (packer !== undefined) return packer;
    }
    return undefined;
  }

  /** Called before each push, whose receivers share one compressed body. */
  nextPush(): void {
    for (const packer of this.#packers) packer.nextPush();
  }
}
