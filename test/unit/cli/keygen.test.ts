import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { createProgram } from "../../../runtime/cli/program.ts";
import { publicKeyText, readGateKeys } from "../../../runtime/transport/cipher/gate-keys.ts";

/** Runs `photinus keygen gate` with these options, and returns what it printed. */
async function keygen(...options: string[]): Promise<{ printed: string; told: string }> {
  const printed: string[] = [];
  const told: string[] = [];
  const write = vi
    .spyOn(process.stdout, "write")
    .mockImplementation((text) => printed.push(String(text)) > 0);
  const tell = vi.spyOn(process.stderr, "write").mockImplementation((text) => told.push(String(text)) > 0);
  try {
    await createProgram("0.0.0").parseAsync(["node", "photinus", "keygen", "gate", ...options]);
  } finally {
    write.mockRestore();
    tell.mockRestore();
  }
  return { printed: printed.join(""), told: told.join("") };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "photinus-keygen-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("keygen gate writes a private key that only its owner reads, and prints the public key alone", async () => {
  const file = join(temporaryFolder(), "gate.key");
  const { printed, told } = await keygen("--out", file);
  expect(printed).toMatch(/^[\w-]{43}\n$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readGateKeys({ keyFile: file }).map(publicKeyText)).toEqual([printed.trim()]);
  const privateKey = readFileSync(file, "utf8").trim().split("\n").at(-1)!;
  expect(printed + told).not.toContain(privateKey);
});

test("keygen gate replaces no key, and adds one with --add", async () => {
  const file = join(temporaryFolder(), "gate.key");
  const first = await keygen("--out", file, "--add");
  const before = readFileSync(file, "utf8");
  await expect(keygen("--out", file)).rejects.toMatchObject({
    code: "ALREADY_EXISTS",
    reason: expect.stringContaining("--add"),
  });
  expect(readFileSync(file, "utf8")).toBe(before);
  const second = await keygen("--out", file, "--add");
  const keys = [first, second].map(({ printed }) => printed.trim());
  expect(readGateKeys({ keyFile: file }).map(publicKeyText)).toEqual(keys);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("keygen gate says which file it cannot write", async () => {
  await expect(keygen("--out", "/nowhere/gate.key")).rejects.toMatchObject({
    code: "FAILED_PRECONDITION",
    reason: "cannot write /nowhere/gate.key: ENOENT",
  });
});
