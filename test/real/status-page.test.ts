import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { exposedApp } from "../fake/exposed-app.ts";
import { openGateway } from "./harness.ts";
import { openBrowser } from "./support/browser.ts";

const hostile = '<img src=x onerror="document.title=1">';

/** Waits until the page shows the text in the element of this id. */
async function shows(page: Page, id: string, text: RegExp): Promise<void> {
  await page.locator(`#${id}`).filter({ hasText: text }).waitFor();
}

test("the page shows what is served and what is not, follows changes, and can be searched", async (t) => {
  const apps = [
    exposedApp({ name: "shop" }),
    exposedApp({ name: "blog" }),
    exposedApp({ name: "bad", vhost: hostile }),
  ];
  const gateway = await openGateway(t, { apps, settings: { api_token: "" } });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  const { page, complaints, requests } = await openBrowser(t);
  const origin = `http://127.0.0.1:${gateway.ports.api}`;
  await page.goto(`${origin}/ui`);

  await shows(page, "state", /^In step: nothing waits$/);
  await shows(page, "namespaces", new RegExp(`default.*${gateway.cluster.urls[0]}.* old`));
  await shows(page, "vhosts", /shop\.test.*1 *http:\/\/127\.0\.0\.1:\d+: the proxy has it/);
  await shows(page, "vhosts", /blog\.test.*none: it answers 503/);
  await shows(page, "problems", /bad-1\.0\.0.*refused.*the app is not served/);
  await shows(page, "plans", /reload, applied.*members-changed shop\.test/);
  assert.equal(await page.locator("img").count(), 0, "names of apps are text");

  const late = await gateway.instance("shop-1.0.0");
  await shows(page, "vhosts", new RegExp(`http://127\\.0\\.0\\.1:${late.endpoint.port}: the proxy has it`));
  await gateway.command("freeze", "--reason", "inventory");
  await shows(page, "state", /Frozen until thawed: inventory/);
  gateway.cluster.apps.add(exposedApp({ name: "cart" }));
  await shows(page, "state", /Waits: reload, because vhost-added cart\.test/);
  await gateway.command("thaw");
  await shows(page, "vhosts", /cart\.test/);

  await page.fill("#search", "SHOP");
  assert.deepEqual(await page.locator("#vhosts th").allTextContents(), ["shop.test"]);
  assert.equal(await page.textContent("#found"), "1 of 3 vhosts, 0 left out");
  await page.fill("#search", String(late.endpoint.port));
  assert.deepEqual(await page.locator("#vhosts th").allTextContents(), ["shop.test"], "by an instance");
  await page.fill("#search", "bad-1");
  await shows(page, "found", /^0 of 3 vhosts, 1 left out$/);

  assert.deepEqual(complaints, []);
  assert.deepEqual(
    requests.filter((url) => !url.startsWith(origin) && !url.startsWith("data:")),
    [],
    "nothing from elsewhere",
  );

  gateway.agent().signal("SIGTERM");
  await gateway.agent().ended;
  await shows(page, "state", /does not answer.*What is below is old/);
});

test("names of any length fit into the page, and on a telephone tables are moved sideways", async (t) => {
  const vhost = `${"long".repeat(15)}.${"-longer".repeat(8).slice(1)}.test`;
  const app = exposedApp({ name: "app-of-a-name-that-somebody-has-chosen-with-care", vhost });
  const gateway = await openGateway(t, { apps: [app], settings: { api_token: "" } });
  const { page } = await openBrowser(t);
  await page.goto(`http://127.0.0.1:${gateway.ports.api}/ui`);
  await shows(page, "vhosts", /longlong/);
  const tooWide = (selector: string) =>
    page.locator(selector).evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).length);
  await page.setViewportSize({ width: 1000, height: 800 });
  assert.equal(await tooWide(".wide"), 0);
  await page.setViewportSize({ width: 360, height: 700 });
  assert.equal(await tooWide("html"), 0);
  assert.ok((await tooWide(".wide")) > 0);
});

test("with a token the page asks for it, and shows nothing before", async (t) => {
  const gateway = await openGateway(t, {
    apps: [exposedApp({ name: "shop" })],
    settings: { api_token: "öpen sesame" },
  });
  const { page } = await openBrowser(t);
  const answer = await page.goto(`http://127.0.0.1:${gateway.ports.api}/ui`);
  const policy = answer?.headers()["content-security-policy"] ?? "";
  assert.match(
    policy,
    /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; connect-src 'self'; .*frame-ancestors 'none'$/,
  );
  assert.doesNotMatch((await answer?.text()) ?? "", /shop/);
  await page.locator("#token").waitFor();
  assert.equal(await page.locator("#content").isVisible(), false);
  await page.keyboard.type("wrong");
  await page.keyboard.press("Enter");
  await shows(page, "state", /not the gateway's token/);
  await page.locator("#token").fill("öpen sesame");
  await page.keyboard.press("Enter");
  await shows(page, "vhosts", /shop\.test/);
  assert.equal(await page.locator("#login").isVisible(), false);
});

/** Contrast of every visible text with what is behind it, the worst first; 4.5 is what WCAG 2 AA asks for. */
const contrastScript = `(() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [red, green, blue] = numbers(color).map((part) => {
      const share = part / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (from) => {
    for (let one = from; one; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor;
      if (numbers(color)[3] !== 0) return color;
    }
    throw new Error("nothing is behind it");
  };
  return [...document.body.querySelectorAll("*")]
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== ""))
    .filter((one) => one.checkVisibility() && !["SCRIPT", "STYLE"].includes(one.tagName))
    .map((one) => {
      const [dark, light] = [luminance(getComputedStyle(one).color), luminance(behind(one))].sort((a, b) => a - b);
      return { ratio: (light + 0.05) / (dark + 0.05), text: one.textContent };
    })
    .sort((one, other) => one.ratio - other.ratio)[0];
})()`;

test("it can be read in light and dark, and used by keyboard and screen reader", async (t) => {
  const apps = [exposedApp({ name: "shop" }), exposedApp({ name: "bad", vhost: "a b" })];
  const gateway = await openGateway(t, { apps, settings: { api_token: "" } });
  await gateway.servedBy("shop.test", await gateway.instance("shop-1.0.0"));
  const { page } = await openBrowser(t, { colorScheme: "light" });
  await page.goto(`http://127.0.0.1:${gateway.ports.api}/ui`);
  await shows(page, "vhosts", /shop\.test/);
  await shows(page, "problems", /bad/);

  const backgrounds = new Set<string>();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    backgrounds.add(await page.evaluate<string>("getComputedStyle(document.body).backgroundColor"));
    const worst = await page.evaluate<{ readonly ratio: number; readonly text: string }>(contrastScript);
    assert.ok(worst.ratio >= 4.5, `${colorScheme}: ${JSON.stringify(worst)}`);
  }
  assert.equal(backgrounds.size, 2);

  await page.keyboard.press("/");
  assert.equal(await page.evaluate("document.activeElement.id"), "search");
  await page.keyboard.type("shop");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate("document.activeElement.tagName"), "SUMMARY");
  await page.keyboard.press("Enter");
  await page.locator("#vhosts details[open]").waitFor();
  await gateway.turned();
  await gateway.instance("shop-1.0.0");
  await shows(page, "vhosts", /shop\.test.*2/);
  assert.equal(await page.locator("#vhosts details[open]").count(), 1, "what is open stays open");

  await page.fill("#search", "");
  const tree = await page.locator("body").ariaSnapshot();
  for (const part of [
    /heading "Drove Gateway" \[level=1\]/,
    /searchbox "Vhost, app, instance or namespace"/,
    /table "Namespaces"/,
    /table "Held, refused, left out"/,
    /table "Vhosts"/,
    /table "Last plans"/,
    /columnheader "Instances"/,
    /rowheader "shop\.test"/,
    /status:\s+- paragraph: "In step/,
    /link "To the search box"/,
    /main/,
    /banner/,
  ])
    assert.match(tree, part);
  await page.setViewportSize({ width: 320, height: 640 });
  assert.ok(await page.evaluate("document.documentElement.scrollWidth <= 320"), "it fits a narrow window");
});
