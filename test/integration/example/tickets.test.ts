import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connect } from "../../../examples/tickets/generated/client/node.ts";
import * as account from "../../../examples/tickets/generated/client/vault/account.service.ts";
import * as vault from "../../../examples/tickets/generated/client/vault/vault.service.ts";
import { enter, ticketFor } from "../../../examples/tickets/player.ts";
import { codeOf } from "../../setup/firefly.ts";
import { Game } from "../../setup/game.ts";

const example = (file: string) =>
  fileURLToPath(new URL(`../../../examples/tickets/${file}`, import.meta.url));
const ada = { name: "Ada", password: "correct horse" };

let folder = "";
let game: Game | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tickets-test-"));
  const environment = { ...process.env, TICKETS_KEYS: folder };
  execFileSync(process.execPath, ["-C", "photinus-source", example("make-keys.ts")], { env: environment });
});

afterEach(async () => {
  await game?.stop("SIGKILL");
  game = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<string> {
  game = await Game.start(example("photinus.config.ts"), {
    TICKETS_PORT: "0",
    TICKETS_DATA: join(folder, "tickets.sqlite"),
    TICKETS_KEYS: folder,
  });
  return game.gate().tcp;
}

test("a player signs in by password, and enters with the ticket", async () => {
  expect(statSync(join(folder, "tickets.key")).mode & 0o077).toBe(0);
  const url = await start();
  const player = await enter(url, ada);
  expect(await vault.whoAmI(player, {})).toMatchObject({ name: "Ada" });
  expect((await vault.renew(player, {})).ticket.length).toBeGreaterThan(100);
  await player.close();

  const guest = await connect(url, { reconnect: false });
  expect(await codeOf(vault.whoAmI(guest, {}))).toBe("UNAUTHENTICATED");
  expect(await codeOf(account.signIn(guest, { name: "Ada", password: "wrong horse" }))).toBe(
    "UNAUTHENTICATED",
  );
  expect(await codeOf(account.signIn(guest, { name: "Bob", password: "correct horse" }))).toBe(
    "UNAUTHENTICATED",
  );
  expect(await codeOf(account.register(guest, { name: "Bob", password: "short" }))).toBe("INVALID_ARGUMENT");
  await guest.close();
});

test("a changed password ends the sessions and the tickets of its player, also after a restart of everything", async () => {
  let url = await start();
  const stolen = await ticketFor(url, ada);
  const player = await connect(url, { ticket: stolen, reconnect: false });
  const codes: (string | undefined)[] = [];
  player.onState(({ code }) => codes.push(code));
  const changed = { name: "Ada", password: "battery staple" };
  await vault.changePassword(player, { oldPassword: ada.password, newPassword: changed.password });
  await expect.poll(() => codes, { timeout: 20_000 }).toContain("UNAUTHENTICATED");
  expect(await codeOf(connect(url, { ticket: stolen, reconnect: false }))).toBe("UNAUTHENTICATED");
  await game!.stop("SIGTERM");
  url = await start();
  expect(await codeOf(connect(url, { ticket: stolen, reconnect: false }))).toBe("UNAUTHENTICATED");
  expect(await codeOf(ticketFor(url, ada))).toBe("UNAUTHENTICATED");
  const again = await enter(url, changed);
  expect(await vault.whoAmI(again, {})).toMatchObject({ name: "Ada" });
  await again.close();
});
