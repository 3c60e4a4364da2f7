import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Game, root } from "../setup/game.ts";
import { chromiumFlags, chromiumPath } from "../setup/probes.ts";
import { Player } from "./player.ts";

/** Screenshots for people to look at; ignored by git. */
const shots = fileURLToPath(new URL("../../coverage/screenshots", import.meta.url));
const soon = { timeout: 15_000, interval: 100 };

describe("two players in two browsers", () => {
  let game: Game;
  let browser: Browser;
  let ada: Player;
  let mio: Player;

  beforeAll(async () => {
    mkdirSync(shots, { recursive: true });
    game = await Game.start();
    const { page = "" } = game.gate();
    browser = await chromium.launch({
      executablePath: chromiumPath,
      headless: true,
      args: [...chromiumFlags],
    });
    ada = await Player.open(browser, page);
    mio = await Player.open(browser, page);
  });

  afterAll(async () => {
    await browser?.close();
    expect(await game?.stop()).toBe(0);
  });

  it("are told at the card what is wrong with a name", async () => {
    await ada.page.fill("#name", "a name that is far too long");
    await ada.page.click("#enter");
    await expect.poll(() => ada.page.textContent("#sign-in-error"), soon).toMatch(/\w/);
    await ada.page.screenshot({ path: `${shots}/card.png` });
  });

  it("come into the same meadow and see each other", async () => {
    await ada.signIn("Ada", 60);
    await mio.signIn("Mio", 200);
    await expect.poll(() => ada.sees("Mio"), soon).toBeDefined();
    await expect.poll(() => mio.sees("Ada"), soon).toBeDefined();
    await expect.poll(() => ada.page.textContent("#here"), soon).toBe("2");
    await expect.poll(() => mio.page.textContent("#crowd"), soon).toBe("2");
    expect(await ada.page.getAttribute("body", "data-node")).toMatch(/^meadow-\d$/);
    expect(await ada.page.textContent("[data-connection-state]")).toBe("Connected");
  });

  it("see each other move", async () => {
    for (const [x, y] of [
      [0.3, 0.4],
      [0.7, 0.5],
    ] as const) {
      await ada.flyTo(x, y);
      await expect.poll(async () => Math.abs(((await mio.sees("Ada"))?.x ?? 9) - x), soon).toBeLessThan(0.02);
      await expect.poll(async () => Math.abs(((await mio.sees("Ada"))?.y ?? 9) - y), soon).toBeLessThan(0.02);
    }
    await mio.flyTo(0.45, 0.6);
    await expect
      .poll(async () => Math.abs(((await ada.sees("Mio"))?.x ?? 9) - 0.45), soon)
      .toBeLessThan(0.02);
  });

  it("hear each other, and what they say is text and never markup", async () => {
    const words = '<img src=x onerror="document.title=1"> & <b>hello</b>';
    await ada.say(words);
    await expect.poll(() => mio.lines(), soon).toContainEqual({ from: "Ada", text: words });
    await mio.say("good evening");
    await expect.poll(() => ada.lines(), soon).toContainEqual({ from: "Mio", text: "good evening" });
    expect(await mio.page.locator("#lines img, #lines script").count()).toBe(0);
    expect(await mio.page.title()).toContain("Photinus");
    expect(await ada.page.inputValue("#saying")).toBe("");
  });

  it("see each other flash, and are told when a light recharges", async () => {
    await ada.page.dblclick("#flash");
    await expect.poll(async () => (await mio.sees("Ada"))?.flashes, soon).toBeGreaterThan(0);
    await expect.poll(() => ada.toasts(), soon).toContainEqual(expect.stringMatching(/recharg/));
    await mio.page.screenshot({ path: `${shots}/meadow.png` });
  });

  it("are told that an empty saying is none", async () => {
    await mio.say("");
    await expect.poll(() => mio.toasts(), soon).toHaveLength(1);
  });

  it("get a forecast from a worker", async () => {
    await mio.page.click("#forecast");
    await expect.poll(() => mio.page.locator("#forecast[data-busy]").count(), soon).toBe(0);
    await mio.page.screenshot({ path: `${shots}/forecast.png` });
  });

  it("lose sight of who goes to another meadow, and find each other there", async () => {
    await ada.goTo(2);
    await expect.poll(() => mio.sees("Ada"), soon).toBeUndefined();
    await mio.goTo(2);
    await expect.poll(() => mio.sees("Ada"), soon).toBeDefined();
    await expect.poll(() => ada.sees("Mio"), soon).toBeDefined();
  });

  it("are shown that the connection is lost, and come back by themselves when the gate does", async () => {
    await ada.watchBanner();
    await game.kill("gate-1");
    await expect
      .poll(() => ada.bannerSaid(), soon)
      .toContainEqual(expect.stringContaining("Connection lost"));
    await ada.inState("open");
    await mio.inState("open");
    await expect.poll(() => ada.sees("Mio"), { ...soon, timeout: 30_000 }).toBeDefined();
    await expect.poll(() => mio.sees("Ada"), { ...soon, timeout: 30_000 }).toBeDefined();
    expect(await ada.page.getAttribute("body", "data-meadow")).toBe("2");
  });

  it("are told that the node of their meadow was lost, and do not go on seeing who left while it was away", async () => {
    const guest = await Player.open(browser, game.gate().page ?? "");
    await guest.signIn("Ghost", 10);
    await guest.goTo(2);
    await expect.poll(() => ada.sees("Ghost"), soon).toBeDefined();
    const node = (await ada.page.getAttribute("body", "data-node")) ?? "";
    const from = game.records.length;
    process.kill(game.pid(node), "SIGKILL");
    await guest.page.context().close();
    await expect.poll(() => ada.toasts(), soon).toContainEqual(expect.stringContaining("was lost"));
    await game.until((record) => record.msg === "ready" && record["process"] === node, from);
    await expect.poll(() => ada.sees("Ghost"), soon).toBeUndefined();
    await expect.poll(() => ada.sees("Mio"), soon).toBeDefined();
    await mio.flyTo(0.3, 0.3);
    await expect.poll(async () => Math.abs(((await ada.sees("Mio"))?.x ?? 9) - 0.3), soon).toBeLessThan(0.02);
  });

  it("can play on a phone as well", async () => {
    const phone = await Player.open(browser, game.gate().page ?? "", {
      width: 360,
      height: 640,
      touch: true,
    });
    await phone.signIn("Kit", 300);
    await phone.goTo(2);
    for (const selector of ["#state", "#meadows", "#saying", "#flash", "#forecast"]) {
      const box = await phone.page.locator(selector).boundingBox();
      expect(box?.x, selector).toBeGreaterThanOrEqual(0);
      expect((box?.x ?? 0) + (box?.width ?? 999), selector).toBeLessThanOrEqual(360);
      expect((box?.y ?? 0) + (box?.height ?? 999), selector).toBeLessThanOrEqual(640);
    }
    const boxOf = async (selector: string) => (await phone.page.locator(selector).boundingBox())!;
    const about = await boxOf("#about summary");
    for (const other of ["#flash", "#forecast"])
      expect(about.y + about.height, other).toBeLessThanOrEqual((await boxOf(other)).y);
    await phone.page.touchscreen.tap(0.25 * 360, 0.5 * 640);
    await expect.poll(async () => (await ada.sees("Kit"))?.flashes, soon).toBe(1);
    await expect
      .poll(async () => Math.abs(((await ada.sees("Kit"))?.x ?? 9) - 0.25), soon)
      .toBeLessThan(0.02);
    await phone.page.screenshot({ path: `${shots}/phone.png` });
    await phone.page.context().close();
    await expect.poll(() => ada.sees("Kit"), soon).toBeUndefined();
  });

  it("are told at the page that a second tab joins, that processes may be killed, and where the source is", async () => {
    const reader = await Player.open(browser, game.gate().page ?? "", {
      width: 360,
      height: 640,
      touch: true,
    });
    await reader.page.click("#about summary");
    const box = await reader.page.locator("#about ul").boundingBox();
    expect(box?.x).toBeGreaterThanOrEqual(0);
    expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(360);
    const text = (await reader.page.textContent("#about ul")) ?? "";
    expect(text).toMatch(/second tab.*kill -9.*source/s);
    const named = await reader.page.locator("#about code").allTextContents();
    const folders = named.filter((name) => /^[\w/]+$/.test(name));
    expect(folders).toHaveLength(3);
    expect(folders.filter((name) => !existsSync(join(root, name)))).toEqual([]);
    const [command = ""] = named.filter((name) => name.startsWith("npm run photinus -- status --config "));
    expect(existsSync(join(root, command.split(" ").at(-1)!))).toBe(true);
    await reader.page.screenshot({ path: `${shots}/about.png` });
    await reader.page.context().close();
  });

  it("come back as who they were, into the meadow where they were, when they load the page again", async () => {
    const before = await ada.sees("Ada");
    await ada.page.reload();
    await ada.page.waitForSelector("#players [data-self]", { state: "attached" });
    expect(await ada.page.isVisible("#sign-in")).toBe(false);
    expect(await ada.page.getAttribute("body", "data-meadow")).toBe("2");
    expect((await ada.sees("Ada"))?.id).toBe(before?.id);
    await expect.poll(() => mio.sees("Ada"), soon).toBeDefined();
    await expect.poll(() => ada.sees("Mio"), soon).toBeDefined();
  });

  it("are somebody else in a second tab, which asks who", async () => {
    const page = await ada.page.context().newPage();
    await page.goto(game.gate().page ?? "");
    await page.waitForSelector('body[data-state="open"]', { state: "attached" });
    expect(await page.isVisible("#sign-in")).toBe(true);
    await page.close();
    expect(await ada.page.getAttribute("body", "data-state")).toBe("open");
  });

  it("are promised nothing by a server that stops for good, and are shown that it is away", async () => {
    const stopped = game.stop();
    await expect.poll(() => ada.toasts(), soon).toContainEqual(expect.stringContaining("about to stop"));
    expect((await ada.toasts()).join()).not.toMatch(/taken along|restart/);
    expect(await stopped).toBe(0);
    await ada.inState("reconnecting");
    expect(await ada.page.textContent("#banner-text")).toContain("Connection lost");
  });

  it("had no error in their pages but those of the lost connection", () => {
    const own = [...ada.errors, ...mio.errors].filter(
      (text) => !/WebSocket connection to .* failed|ERR_CONNECTION_REFUSED/.test(text),
    );
    expect(own).toEqual([]);
  });
});
