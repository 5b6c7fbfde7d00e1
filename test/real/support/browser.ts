import { existsSync } from "node:fs";
import type { TestContext } from "node:test";
import { type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Debian's; test/setup.sh installs it. */
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

/** A page in a real browser, with everything that it complained of and asked for. */
export interface OpenPage {
  readonly page: Page;
  /** Errors of scripts and of the console, violations of the page's policy among them. */
  readonly complaints: readonly string[];
  /** URLs that it asked for. */
  readonly requests: readonly string[];
}

/** Opens a browser; it closes with the test. */
export async function openBrowser(t: TestContext, options: BrowserContextOptions = {}): Promise<OpenPage> {
  if (executablePath === undefined) throw new Error("chromium is missing: bash test/setup.sh nginx chromium");
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
    timeout: 90_000,
  });
  t.after(() => browser.close());
  const page = await browser.newPage(options);
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("request", (request) => requests.push(request.url()));
  return { page, complaints, requests };
}
