import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { DemoApp } from "../fake/demo-app.ts";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { shippedTemplate, withHttpLines } from "./support/config.ts";

const shop = exposedApp({ name: "shop" });
const edition = (name: string) => withHttpLines(`add_header X-Edition ${name} always;`);

test("an edit in place", async (t) => {
  const { gateway } = await openShop(t);
  await writeFile(gateway.files.template, edition("second"));
  await shows(gateway, "second");
});

test("an editor that renames a new file over the old one, again and again", async (t) => {
  const { gateway } = await openShop(t);
  for (const name of ["second", "third"]) {
    const swap = join(gateway.folder, "template.eta~");
    await writeFile(swap, edition(name));
    await rename(swap, gateway.files.template);
    await shows(gateway, name);
  }
});

test("a file that is deleted and written again: the last good one stays meanwhile", async (t) => {
  const { gateway, app } = await openShop(t);
  await unlink(gateway.files.template);
  const line = await gateway.agent().says("the template cannot be used, the last good one stays");
  assert.equal(line["code"], "template-unreadable");
  assert.ok(String(line["error"]).includes(gateway.files.template));
  await gateway.servedBy("shop.test", app);
  await appsAreStillFollowed(gateway);

  await writeFile(gateway.files.template, edition("second"));
  await shows(gateway, "second");
  assert.equal((await gateway.api("/v1/health")).status, 200);
});

test("a ConfigMap whose link is swapped, partials included", async (t) => {
  const editions: readonly string[] = ["one", "two", "three"];
  const gateway = await openGateway(t, {
    apps: [shop],
    template: shippedTemplate,
    agent: "later",
    prepare: (folder) => mountEditions(folder, editions),
  });
  const mounted = join(gateway.folder, "mounted");
  await gateway.configure({ nginx_template: join(mounted, "template.eta") });
  gateway.startAgent();
  await gateway.ready();
  await gateway.instance("shop-1.0.0");
  await shows(gateway, "one");
  for (const name of editions.slice(1)) {
    await symlink(`..${name}`, join(mounted, "..data_tmp"));
    await rename(join(mounted, "..data_tmp"), join(mounted, "..data"));
    await shows(gateway, name);
    // A worker of before may take a connection until it has been told to end.
    const hasPartial = async () => (await gateway.visit("none.test")).body === `503: ${name}\n`;
    await eventually(`the partial of ${name}, too`, hasPartial);
  }
});

test("a partial that is edited, and one that is added", async (t) => {
  const { gateway } = await openShop(t);
  const partial = join(gateway.folder, "partials", "unavailable.eta");
  const before = await readFile(partial, "utf8");
  await writeFile(partial, before.replace("return 503", "return 599"));
  await gateway.answers("none.test", 599);

  await writeFile(join(gateway.folder, "partials", "extra.eta"), "  add_header X-Edition added always;\n");
  await writeFile(gateway.files.template, withHttpLines('<%~ include("extra") %>'));
  await shows(gateway, "added");
});

test("a partial that is missing is waited for", async (t) => {
  const { gateway } = await openShop(t);
  await writeFile(gateway.files.template, withHttpLines('<%~ include("later") %>'));
  await gateway.agent().says("not applied", (line) => String(line["error"]).includes("later"));
  await appsAreStillFollowed(gateway);
  await writeFile(join(gateway.folder, "partials", "later.eta"), "add_header X-Edition later always;\n");
  await shows(gateway, "later");
});

const badEdits = {
  "that does not compile": {
    text: withHttpLines("<% if (it.ProxyPort { %>"),
    says: /template\.eta:(\d+): .*; correct the template/,
    broken: "if (it.ProxyPort {",
  },
  "with a tag that is never closed": {
    text: withHttpLines("<%= it.ProxyPort"),
    says: /template\.eta:(\d+): /,
    broken: "<%= it.ProxyPort",
  },
  "that prints a value that is not there": {
    text: withHttpLines("add_header X-Bad <%= it.ProxyProt %>;"),
    says: /template\.eta:(\d+): the value is undefined; correct the template/,
    broken: "it.ProxyProt",
  },
  "that fails while it renders": {
    text: withHttpLines("<% it.Vhosts.nothing.at(0) %>"),
    says: /template\.eta:(\d+): .*reading 'at'/,
    broken: "it.Vhosts.nothing.at(0)",
  },
};

for (const [what, { text, says, broken }] of Object.entries(badEdits)) {
  test(`an edit ${what}: file, line and reason are shown, the last good one stays`, async (t) => {
    const { gateway, app } = await openShop(t);
    await writeFile(gateway.files.template, text);
    const message = await unhealthyTemplate(gateway);
    const line = Number(says.exec(message)?.[1]);
    assert.ok(text.split("\n")[line - 1]?.includes(broken), message);
    const told = async () =>
      gateway
        .agent()
        .log()
        .filter((one) => says.test(String(one["error"])));
    await eventually("the log tells it", async () => (await told()).length > 0);
    assert.equal(await gateway.metric("drove_gateway_template_rendering_healthy"), 0);

    await gateway.servedBy("shop.test", app);
    await appsAreStillFollowed(gateway);
    await shows(gateway, "first");
    await staysUnhealthy(gateway, says);

    await writeFile(gateway.files.template, edition("second"));
    await shows(gateway, "second");
    assert.equal((await told()).length, 1, "told once");
    await eventually("healthy", async () => (await gateway.api("/v1/health")).status === 200);
    assert.equal(await gateway.metric("drove_gateway_template_rendering_healthy"), 1);
  });
}

async function openShop(t: TestContext): Promise<{ gateway: Gateway; app: DemoApp }> {
  const gateway = await openGateway(t, { apps: [shop], template: edition("first") });
  const app = await gateway.instance("shop-1.0.0");
  await shows(gateway, "first");
  return { gateway, app };
}

async function shows(gateway: Gateway, name: string): Promise<void> {
  const shown = async () => (await gateway.visit("shop.test")).headers["x-edition"];
  await eventually(`the ${name} edition`, async () => (await shown()) === name);
}

/** A change of the apps is applied although the template is bad. */
async function appsAreStillFollowed(gateway: Gateway): Promise<void> {
  const late = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", late);
  gateway.cluster.apps.kill("shop-1.0.0", late.endpoint);
}

/** However often the last good one is rendered meanwhile, and the bad one read again: an alert waits for minutes. */
async function staysUnhealthy(gateway: Gateway, says: RegExp): Promise<void> {
  const turns = { over: false };
  const turned = gateway.turned().then(() => {
    turns.over = true;
  });
  while (!turns.over) {
    const { status, body } = await gateway.api("/v1/health");
    assert.equal(status, 500, body);
    assert.match(JSON.parse(body).Template.Message, says);
  }
  await turned;
  assert.equal(await gateway.metric("drove_gateway_template_rendering_healthy"), 0);
}

async function unhealthyTemplate(gateway: Gateway): Promise<string> {
  return await eventually("the template is unhealthy", async () => {
    const { status, body } = await gateway.api("/v1/health");
    const { Template: template } = JSON.parse(body);
    return status === 500 && !template.Healthy && String(template.Message);
  });
}

/** `mounted` as Kubernetes makes it: names that lead through `..data` to the folder of one edition. */
async function mountEditions(folder: string, editions: readonly string[]): Promise<void> {
  const mounted = join(folder, "mounted");
  for (const name of editions) {
    await mkdir(join(mounted, `..${name}`, "partials"), { recursive: true });
    await writeFile(join(mounted, `..${name}`, "template.eta"), edition(name));
    for (const partial of await readdir(join(folder, "partials"))) {
      const text = await readFile(join(folder, "partials", partial), "utf8");
      await writeFile(join(mounted, `..${name}`, "partials", partial), text.replace("<%~ it.text %>", name));
    }
  }
  await symlink(`..${editions[0]}`, join(mounted, "..data"));
  await symlink("..data/template.eta", join(mounted, "template.eta"));
  await symlink("..data/partials", join(mounted, "partials"));
  await rm(join(folder, "partials"), { recursive: true });
}
