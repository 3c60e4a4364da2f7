import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Paths of a certificate and its private key, in PEM. */
export interface CertificatePaths {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Options of {@link CertificateFolder.certificate}. */
export interface CertificateWishes {
  /** Subject alternative names: "DNS:game.example", "IP:127.0.0.1". */
  readonly names?: readonly string[];
  /** Days from now until the certificate expires; 0 for one that expires in this second. Default 30. */
  readonly days?: number;
  /** Authority that signs. Default: the authority "ca" of the folder. */
  readonly authority?: string;
}

/** A folder with certificates that `openssl` makes. No private key is part of the repository. */
export class CertificateFolder {
  readonly path: string;
  readonly #authorities = new Map<string, CertificatePaths>();

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), "photinus-tls-"));
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  file(name: string): string {
    return join(this.path, name);
  }

  write(name: string, content: string | Uint8Array): string {
    const path = this.file(name);
    writeFileSync(path, content);
    return path;
  }

  /** Makes an authority, once for each name. */
  authority(name = "ca"): CertificatePaths {
    const known = this.#authorities.get(name);
    if (known !== undefined) return known;
    const paths = { certFile: this.file(`${name}.pem`), keyFile: this.file(`${name}.key`) };
    this.#openssl(
      ["req", "-x509", ...newKey(paths.keyFile), "-out", paths.certFile, "-days", "30"],
      ["-subj", `/CN=${name}`, "-addext", "basicConstraints=critical,CA:TRUE"],
    );
    this.#authorities.set(name, paths);
    return paths;
  }

  /** Makes a certificate with a new key, signed by an authority. */
  certificate(
    name: string,
    { names, days = 30, authority = "ca" }: CertificateWishes = {},
  ): CertificatePaths {
    const signer = this.authority(authority);
    const paths = { certFile: this.file(`${name}.pem`), keyFile: this.file(`${name}.key`) };
    const request = this.file(`${name}.csr`);
    const extensions = this.write(
      `${name}.ext`,
      `subjectAltName=${(names ?? ["DNS:localhost", "IP:127.0.0.1"]).join(",")}\n`,
    );
    this.#openssl(["req", "-new", ...newKey(paths.keyFile), "-out", request, "-subj", `/CN=${name}`]);
    this.#openssl(
      ["x509", "-req", "-in", request, "-CA", signer.certFile, "-CAkey", signer.keyFile, "-CAcreateserial"],
      ["-days", String(days), "-extfile", extensions, "-out", paths.certFile],
    );
    return paths;
  }

  #openssl(...parts: readonly (readonly string[])[]): void {
    execFileSync("openssl", parts.flat(), { stdio: ["ignore", "ignore", "pipe"] });
  }
}

function newKey(path: string): string[] {
  return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path];
}
