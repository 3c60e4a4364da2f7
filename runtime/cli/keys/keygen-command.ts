import type { Command } from "commander";
import { newGateKey } from "../../transport/cipher/gate-keys.ts";
import { writeKeyFile } from "./key-file.ts";

/** Options of `photinus keygen gate`. */
export interface KeygenOptions {
  readonly out: string;
  readonly add?: boolean;
}

/** Adds the commands that make keys. */
export function addKeygenCommands(program: Command): void {
  const keygen = program.command("keygen").description("make keys");
  keygen
    .command("gate")
    .description(
      "make a private key for listen.cipher of a gate, and print its public key, which clients pin",
    )
    .requiredOption("--out <file>", "the file to write; only its owner can read it")
    .option("--add", "add the key to an existing file: the gate then accepts clients with either key")
    .action(({ out, add = false }: KeygenOptions) => {
      const { lines, publicKey } = newGateKey();
      writeKeyFile(out, lines, add);
      process.stdout.write(`${publicKey}\n`);
      process.stderr.write(`private key written to ${out}; clients pin the public key above as gateKey\n`);
    });
}
