import type { Browser, Page } from "playwright-core";

/** What the page says of a firefly. */
export interface Seen {
  readonly id: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly flashes: number;
}

/** The part of a page's globals that is used here; these tests are typed for Node. */
interface PageGlobals {
  bannerSaid: string[];
  document: { getElementById(id: string): { readonly textContent: string } };
  MutationObserver: new (run: () => void) => { observe(target: object, options: object): void };
}

/** What the player sits at. */
export interface Screen {
  readonly width: number;
  readonly height: number;
  readonly touch: boolean;
}

const desk: Screen = { width: 960, height: 600, touch: false };

/** A player at a real page: does what a person would do, and reads what the page says in `data-*` attributes. */
export class Player {
  readonly page: Page;
  /** What went wrong in the page. */
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") this.errors.push(message.text());
    });
  }

  static async open(browser: Browser, url: string, screen: Screen = desk): Promise<Player> {
    const { width, height, touch } = screen;
    // A context of its own, so that two players share neither storage nor focus.
    const context = await browser.newContext({ viewport: { width, height }, hasTouch: touch });
    const player = new Player(await context.newPage());
    await player.page.goto(url);
    await player.inState("open");
    return player;
  }

  async signIn(name: string, hue: number): Promise<void> {
    await this.page.fill("#name", name);
    await this.page.locator("#hue").fill(String(hue));
    await this.page.click("#enter");
    await this.page.waitForSelector("#players [data-self]", { state: "attached" });
  }

  /** Waits until the connection has this state. */
  async inState(state: "open" | "reconnecting" | "closed"): Promise<void> {
    await this.page.waitForSelector(`body[data-state="${state}"]`, { state: "attached" });
  }

  /** Flies to a place, shares of the meadow's width and height. */
  async flyTo(x: number, y: number): Promise<void> {
    const { width, height } = this.page.viewportSize() ?? { width: 0, height: 0 };
    await this.page.mouse.move(x * width, y * height, { steps: 8 });
  }

  async say(text: string): Promise<void> {
    await this.page.fill("#saying", text);
    await this.page.press("#saying", "Enter");
  }

  async goTo(meadowId: number): Promise<void> {
    await this.page.click(`[data-meadow-id="${meadowId}"]`);
    await this.page.waitForSelector(`body[data-meadow="${meadowId}"]`, { state: "attached" });
  }

  /** Everybody that this page shows. */
  everybody(): Promise<Seen[]> {
    return this.page.$$eval("#players li", (items) =>
      items.map(({ dataset }) => ({
        id: dataset["playerId"] ?? "",
        name: dataset["name"] ?? "",
        x: Number(dataset["x"]),
        y: Number(dataset["y"]),
        flashes: Number(dataset["flashes"]),
      })),
    );
  }

  async sees(name: string): Promise<Seen | undefined> {
    return (await this.everybody()).find((seen) => seen.name === name);
  }

  /** What was said, as it stands in the chat. */
  lines(): Promise<{ from: string; text: string }[]> {
    return this.page.$$eval("[data-line]", (items) =>
      items.map((item) => ({
        from: item.getAttribute("data-from") ?? "",
        text: item.querySelector("[data-text]")?.textContent ?? "",
      })),
    );
  }

  /** From now on remembers what the banner says, since it may be gone again before it could be read. */
  async watchBanner(): Promise<void> {
    await this.page.evaluate(() => {
      const page = globalThis as unknown as PageGlobals;
      const said: string[] = [];
      page.bannerSaid = said;
      const banner = page.document.getElementById("banner");
      new page.MutationObserver(() => said.push(banner.textContent)).observe(banner, {
        subtree: true,
        childList: true,
        characterData: true,
      });
    });
  }

  bannerSaid(): Promise<string[]> {
    return this.page.evaluate(() => (globalThis as unknown as PageGlobals).bannerSaid);
  }

  toasts(): Promise<string[]> {
    return this.page.locator("[data-toast]").allTextContents();
  }
}
