import type { Clock } from "../../clock/clock.ts";
import type { Logger } from "../../log/logger.ts";
import type { LoadedCertificate } from "./certificate-loading.ts";

const dayMs = 86_400_000;
/** How long before its expiry a certificate is reported. Automatic renewal is done by then. */
const soonMs = 7 * dayMs;

/** Warns once a day of certificates that expire soon or have expired. */
export class ExpiryWarning {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #lastMs = new Map<string, number>();

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  check(certificates: readonly Pick<LoadedCertificate, "files" | "expiresAtMs">[]): void {
    const now = this.#clock.wall();
    for (const { files, expiresAtMs } of certificates) {
      if (expiresAtMs - now > soonMs) continue;
      if (now - (this.#lastMs.get(files.certFile) ?? Number.NEGATIVE_INFINITY) < dayMs) continue;
      this.#lastMs.set(files.certFile, now);
      const details = { file: files.certFile, expires: new Date(expiresAtMs).toISOString() };
      if (expiresAtMs > now) this.#log.warn(details, "TLS certificate expires soon");
      else this.#log.error(details, "TLS certificate has expired; clients reject it");
    }
  }
}
