import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { type Gateway, openGateway } from "./harness.ts";
import { shippedTemplate } from "./support/config.ts";
import { textsIn } from "./support/planted.ts";

const shop = exposedApp({ name: "shop" });
const user = "planted-user-6f1c";
const pass = "planted-pa\"ss'wörd$-8e2d";
const accessToken = "O-Bearer planted-token-77aa";
const apiToken = "planted-api-token-1b2c";
const fromEnvironment = "planted-in-environment-90ff";
const secrets = [user, pass, accessToken, apiToken, fromEnvironment];
/** As they would look in a header, in a URL, in JSON. */
const forms = secrets.flatMap((one) => [
  one,
  Buffer.from(one).toString("base64"),
  encodeURIComponent(one),
  JSON.stringify(one).slice(1, -1),
]);
const basic = Buffer.from(`${user}:${pass}`).toString("base64");
const authorization = { authorization: `Bearer ${apiToken}` };

test("no credential is in a log, an answer, a file or a process title, whatever goes wrong", async (t) => {
  const gateway = await openGateway(t, {
    apps: [shop],
    controllers: 2,
    credentials: { user, pass },
    settings: { api_token: apiToken, loglevel: "trace" },
    env: { DROVE_PASSWORD: fromEnvironment, MY_API_TOKEN: fromEnvironment },
    template: `# <%= it.getenv("DROVE_PASSWORD") %><%= it.getenv("MY_API_TOKEN") %>\n${shippedTemplate}`,
  });
  const app = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", app);
  const seen = [await everything(gateway)];

  const controller = gateway.cluster.controller(0);
  const echoes = { kind: "status", code: 500, body: `${user} ${pass} ${accessToken} ${basic}` } as const;
  const redirect = { kind: "redirect", to: `http://${user}:x@other.test/?token=${apiToken}` } as const;
  for (const fault of [
    echoes,
    redirect,
    { kind: "garbage", text: `${pass} ${basic}` },
    { kind: "unauthorized" },
  ] as const) {
    controller.fault(fault);
    await unhealthy(gateway);
    seen.push(await everything(gateway));
    controller.mend();
    await gateway.api("/v1/reload", { headers: authorization });
    await eventually("healthy", async () => (await gateway.api("/v1/health")).status === 200);
  }

  await writeFile(gateway.files.template, "<%= it.undefinedThing.pass %>");
  await unhealthy(gateway);
  await gateway.configure({ api_token: apiToken }, { user, pass, access_token: accessToken });
  await eventually("it is used, in vain", async () => {
    return gateway.cluster.requests().at(-1)?.credentials === "other";
  });
  const text = await readFile(gateway.files.toml, "utf8");
  await writeFile(gateway.files.toml, `${text}\npass = "${pass}\n`);
  await gateway.agent().says("the config cannot be used, the last good one stays");
  seen.push(await everything(gateway));
  gateway.agent().signal("SIGTERM");
  await gateway.agent().ended;
  seen.push(gateway.agent().output());

  assert.ok(
    seen.every((one) => one.includes("controller leads") && one.length > 1000),
    "all was really read",
  );
  const found = [...forms, basic].filter((form) => seen.some((one) => one.includes(form)));
  assert.deepEqual(found, []);
});

test("what discloses state needs the api_token, what monitors need does not", async (t) => {
  const gateway = await openGateway(t, { apps: [shop], settings: { api_token: apiToken } });
  for (const path of ["/v1/config", "/v1/reload", "/nothing"]) {
    assert.equal((await gateway.api(path)).status, 401, path);
    assert.equal((await gateway.api(path, { headers: { authorization: "Bearer wrong" } })).status, 401, path);
  }
  assert.equal((await gateway.api("/v1/config", { headers: authorization })).status, 200);
  for (const path of ["/", "/v1/health", "/v1/live", "/v1/ready", "/v1/metrics"]) {
    assert.equal((await gateway.api(path)).status, 200, path);
  }
});

async function unhealthy(gateway: Gateway): Promise<void> {
  await eventually("unhealthy", async () => (await gateway.api("/v1/health")).status === 500);
}

/** All that anybody could read: answers, log, files but the TOML itself, process titles. */
async function everything(gateway: Gateway): Promise<string> {
  const paths = ["/", "/v1/health", "/v1/config", "/v1/metrics", "/v1/live", "/v1/ready", "/nothing"];
  const answers = await Promise.all(
    paths.flatMap((path) => [gateway.api(path), gateway.api(path, { headers: authorization })]),
  );
  const title = await readFile(`/proc/${gateway.agent().pid}/cmdline`, "utf8");
  const files = await textsIn(gateway.folder);
  assert.match(files[gateway.files.config] ?? "", /server_name/, "the files are read");
  const bodies = answers.map(({ headers, body }) => JSON.stringify(headers) + body);
  return [...bodies, gateway.agent().output(), title, ...Object.values(files)].join("\n");
}
