import { copyFileSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FakeClock } from "../../../../runtime/clock/fake-clock.ts";
import { Counters } from "../../../../runtime/log/counters.ts";
import { ClientCredentials } from "../../../../runtime/transport/tls/client-credentials.ts";
import {
  type CredentialPorts,
  ServerCredentials,
} from "../../../../runtime/transport/tls/server-credentials.ts";
import type { ServerTlsOptions } from "../../../../runtime/transport/tls/tls-options.ts";
import { certificateFolder } from "../../../setup/certificates.ts";
import { Lines } from "../../../setup/lines.ts";

const folder = certificateFolder;

function open(options: ServerTlsOptions, ports?: CredentialPorts): Promise<ServerCredentials> {
  return ServerCredentials.open(options, ports).then((credentials) => {
    credentials.close();
    return credentials;
  });
}

test("each fault of a certificate or key is reported with its file and what is wrong", async () => {
  const files = folder();
  const good = files.certificate("good");
  const other = files.certificate("other");
  const expired = files.certificate("expired", { days: 0 });
  const authority = files.authority();
  const cert = readFileSync(good.certFile, "utf8");
  const key = readFileSync(good.keyFile, "utf8");
  const encrypted = key.replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
  const half = `${cert.slice(0, 200)}\n-----END CERTIFICATE-----\n`;
  const chainFirst = readFileSync(authority.certFile, "utf8") + cert;
  const cases: [certFile: string, keyFile: string, fault: string][] = [
    [files.file("none.pem"), good.keyFile, `${files.file("none.pem")}: cannot be read (no such file)`],
    [files.path, good.keyFile, `${files.path}: not a file of at most 1048576 bytes`],
    [files.write("big", Buffer.alloc(1_048_577)), good.keyFile, "big: not a file of at most 1048576 bytes"],
    [files.write("empty", ""), good.keyFile, "empty: the file is empty"],
    [
      files.write("text", "hello"),
      good.keyFile,
      'text: not a PEM file; expected "-----BEGIN CERTIFICATE-----"',
    ],
    [
      good.keyFile,
      good.keyFile,
      'found "-----BEGIN PRIVATE KEY-----"; expected "-----BEGIN CERTIFICATE-----"',
    ],
    [files.write("half", half), good.keyFile, "half: certificate 1 of 1 cannot be parsed"],
    [files.write("two", cert + half), good.keyFile, "two: certificate 2 of 2 cannot be parsed"],
    [
      good.certFile,
      good.certFile,
      'found "-----BEGIN CERTIFICATE-----"; expected "-----BEGIN PRIVATE KEY-----"',
    ],
    [good.certFile, files.write("locked", encrypted), "locked: the key is encrypted"],
    [
      good.certFile,
      files.write("cut", key.replace(/\n[^-]{20}/, "\n")),
      "cut: the private key cannot be parsed",
    ],
    [good.certFile, other.keyFile, `${other.keyFile}: does not fit the certificate in ${good.certFile}`],
    [
      files.write("order", chainFirst),
      good.keyFile,
      "it fits certificate 2 of the file, which must come first",
    ],
    [expired.certFile, expired.keyFile, `${expired.certFile}: expired at `],
  ];
  await new Promise((resolve) => setTimeout(resolve, 1_000)); // the expired certificate is valid in the second it was made in
  for (const [certFile, keyFile, fault] of cases) {
    const error = await open({ certificates: [{ certFile, keyFile }] }).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error?.message, fault).toContain("FAILED_PRECONDITION");
    expect(error?.message).toContain(fault);
    expect(String(error?.message)).not.toContain(key.split("\n")[1]!);
  }
  const early = open({ certificates: [good] }, { clock: new FakeClock({ wall: 0 }) });
  await expect(early).rejects.toThrow(`${good.certFile}: valid from `);
  const authorities = open({ certificates: [good], clientCaFile: good.keyFile });
  await expect(authorities).rejects.toThrow(
    `TLS authorities ${good.keyFile}: found "-----BEGIN PRIVATE KEY-----"`,
  );
});

test("bad options are named: no certificate, old versions, pins of a wrong form", async () => {
  await expect(open({ certificates: [] })).rejects.toThrow("INVALID_ARGUMENT");
  const certificates = [{ certFile: "a", keyFile: "b" }];
  await expect(open({ certificates, minVersion: "TLSv1.1" as "TLSv1.2" })).rejects.toThrow("minVersion");
  await expect(open({ certificates, clientPins: ["sha1/x"] })).rejects.toThrow("SHA-256 fingerprint");
  await expect(ClientCredentials.open({ ca: "nothing" })).rejects.toThrow("option ca: not a PEM file");
});

test("a server name selects the first certificate that is valid for it, wildcards too", async () => {
  const files = folder();
  const first = files.certificate("first", { names: ["DNS:one.example", "DNS:*.one.example"] });
  const second = files.certificate("second", { names: ["DNS:two.example"] });
  const credentials = await open({ certificates: [first, second] });
  const [one, two] = ["one.example", "two.example"].map((name) => credentials.contextFor(name));
  expect(one).not.toBe(two);
  for (const name of ["A.one.example", "other.example", "a.b.one.example", "", undefined]) {
    expect(credentials.contextFor(name)).toBe(one);
  }
  expect(credentials.contextFor("TWO.example")).toBe(two);
});

test("changed files are used at the next check; bad ones are reported once, and the former stay in use", async () => {
  const files = folder();
  const inUse = files.certificate("in-use");
  const next = files.certificate("next");
  const clock = new FakeClock({ wall: Date.now() });
  const counters = new Counters();
  const log = new Lines();
  const credentials = await ServerCredentials.open({ certificates: [inUse] }, { clock, log, counters });
  const [before] = credentials.fingerprints;
  let changes = 0;
  credentials.onChange(() => changes++);

  await credentials.check();
  expect([changes, credentials.fingerprints[0]]).toEqual([0, before]);

  // A renewal replaces the certificate first: the old key does not fit.
  copyFileSync(next.certFile, inUse.certFile);
  await credentials.check();
  expect([changes, log.lines.length]).toEqual([0, 0]);
  await credentials.check();
  await credentials.check();
  expect(credentials.fingerprints[0]).toBe(before);
  expect(log.lines.map(({ level, message }) => [level, message])).toEqual([
    ["error", "TLS files not reloaded; the former ones stay in use"],
  ]);
  expect(counters.entries()).toEqual([["tls.reload-failed", 1]]);

  copyFileSync(next.keyFile, inUse.keyFile);
  clock.advance(5_000);
  await credentials.check();
  expect(changes).toBe(1);
  expect(credentials.fingerprints[0]).not.toBe(before);
  expect(counters.get("tls.reloaded")).toBe(1);

  unlinkSync(inUse.keyFile);
  await credentials.check();
  await credentials.check();
  expect(counters.get("tls.reload-failed")).toBe(2);
  writeFileSync(`${inUse.keyFile}.new`, readFileSync(next.keyFile));
  renameSync(`${inUse.keyFile}.new`, inUse.keyFile);
  await credentials.check();
  expect([changes, counters.get("tls.reloaded")]).toEqual([1, 1]);

  credentials.close();
  expect(clock.timerCount).toBe(0);
});

test("a certificate that expires soon is logged once a day, and an expired one as an error", async () => {
  const files = folder();
  const certificate = files.certificate("soon", { days: 8 });
  const clock = new FakeClock({ wall: Date.now() });
  const log = new Lines();
  const credentials = await ServerCredentials.open({ certificates: [certificate] }, { clock, log });
  for (let hours = 0; hours < 10 * 24; hours += 12) {
    await credentials.check();
    clock.jump(12 * 3_600_000);
    await credentials.check();
  }
  credentials.close();
  expect(log.lines.map(({ message }) => message)).toEqual([
    ...new Array<string>(7).fill("TLS certificate expires soon"),
    ...new Array<string>(3).fill("TLS certificate has expired; clients reject it"),
  ]);
});
