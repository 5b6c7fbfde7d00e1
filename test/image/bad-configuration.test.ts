import assert from "node:assert/strict";
import { appendFile, cp } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startContainer } from "./support/container.ts";
import { eventually } from "./support/eventually.ts";
import { folderWith } from "./support/folder.ts";
import { startGateway, startOnFreePorts, startShop } from "./support/gateway.ts";
import { haproxy, nginx, proxies } from "./support/images.ts";

const configurationError = 78;
const controllers = { DROVE_CONTROLLERS: "http://127.0.0.1:9" };

describe("a configuration that cannot work ends the container with code 78 and one line", () => {
  const cases = [
    { name: "no controllers", env: {}, says: /DROVE_CONTROLLERS/ },
    { name: "empty controllers", env: { DROVE_CONTROLLERS: "" }, says: /DROVE_CONTROLLERS/ },
    { name: "a controller that is no URL", env: { DROVE_CONTROLLERS: "drove one" }, says: /DROVE_CONTROLLERS/ },
    { name: "a missing file", env: { CONFIG_FILE_PATH: "/config/none.toml" }, says: /\/config\/none\.toml/ },
    {
      name: "a missing template",
      env: { ...controllers, TEMPLATE_FILE_PATH: "/config/none.eta" },
      says: /\/config\/none\.eta/,
    },
    {
      name: "a missing password file",
      env: { ...controllers, DROVE_PASSWORD_FILE: "/secrets/none" },
      says: /\/secrets\/none/,
    },
    { name: "a port out of range", env: { ...controllers, DROVE_GATEWAY_PORT: "70000" }, says: /port/i },
    { name: "no controllers, with HAProxy", image: haproxy.image, env: {}, says: /DROVE_CONTROLLERS/ },
  ];
  for (const { name, image = nginx.image, env, says } of cases) {
    it(name, async (t) => {
      const container = await startContainer(t, { image, env });
      assert.equal(await container.ended(), configurationError);
      assertOneLine((await container.logs()).all, says);
    });
  }

  const files = [
    { name: "invalid TOML", text: 'port = 6000\nxproxy = "a\n', says: /\/config\/nixy\.toml:2/ },
    { name: "a file without controllers", text: "port = 6000\n", says: /\/config\/nixy\.toml.*namespaces/ },
    {
      name: "a value of the wrong type",
      text: 'api_timeout = "soon"\n[[namespaces]]\nname = "one"\ndrove = ["http://127.0.0.1:9"]\n',
      says: /api_timeout/,
    },
  ];
  for (const { name, text, says } of files) {
    it(name, async (t) => {
      const folder = await folderWith(t, { "nixy.toml": text });
      const container = await startContainer(t, {
        env: { CONFIG_FILE_PATH: "/config/nixy.toml" },
        flags: ["--volume", `${folder}:/config:ro`],
      });
      assert.equal(await container.ended(), configurationError);
      assertOneLine((await container.logs()).all, says);
    });
  }

  it("a read-only container without a place to write", async (t) => {
    const container = await startContainer(t, { env: controllers, flags: ["--read-only"] });
    assert.equal(await container.ended(), configurationError);
    assertOneLine((await container.logs()).all, /--tmpfs \/run/);
  });
});

describe("what may mend itself does not end the container", () => {
  for (const { proxy, image } of proxies)
    it(`${proxy} waits, not ready, for controllers that do not answer`, async (t) => {
      const gateway = await startOnFreePorts(t, { image, env: controllers, flags: ["--health-interval", "1s"] });
      await gateway.logged(/127\.0\.0\.1:9/);
      await gateway.logged(/"msg":"started"/);
      assert.equal((await gateway.api("/v1/ready")).status, 503);
      assert.equal(await gateway.shell("healthcheck >/dev/null; echo $?"), "1");
      assert.equal(await gateway.shell("s6-svstat -o up /run/service/proxy"), "false");
      assert.equal(await gateway.running(), true);
      const { exitCode, tookMs } = await gateway.stop();
      assert.equal(exitCode, 0);
      assert.ok(tookMs < 5000, `${tookMs} ms`);
    });
});

describe("a first configuration that nginx refuses", () => {
  it("keeps the proxy down and says why in a line; it is tried again, and serves once it is mended", async (t) => {
    const folder = await folderWith(t, { "nginx.conf.eta": "" });
    const template = join(folder, "nginx.conf.eta");
    await cp(join(import.meta.dirname, "../../templates/nginx"), folder, { recursive: true });
    await appendFile(template, "\nbogus on;\n");
    const gateway = await startGateway(t, await startShop(t), {
      env: { TEMPLATE_FILE_PATH: "/config/nginx.conf.eta" },
      flags: ["--volume", `${folder}:/config:ro`],
    });
    await gateway.logged(/nginx refuses the new configuration: unknown directive .{0,2}bogus.{0,2} in/);
    assert.equal((await gateway.api("/v1/ready")).status, 503);
    assert.match((await gateway.api("/v1/health")).body, /bogus/);
    await eventually("two more tries have failed", async () => {
      const { body } = await gateway.api("/v1/metrics");
      return Number(/^drove_gateway_reloads_failed (\d+)$/m.exec(body)?.[1]) >= 3;
    });
    assert.equal(
      await gateway.shell("s6-svstat -o up /run/service/proxy; ls -A /run/nginx"),
      "false\n.nginx.conf.refused",
    );
    const { all } = await gateway.logs();
    assert.equal(all.match(/ \[emerg\] /g)?.length ?? 0, 1, all);
    await cp(join(import.meta.dirname, "../../templates/nginx/nginx.conf.eta"), template);
    await gateway.serves({ deadlineMs: 10_000 });
  });
});

function assertOneLine(log: string, says: RegExp): void {
  const lines = log.split("\n").filter((line) => line.trim() !== "");
  assert.equal(lines.length, 1, log);
  assert.match(lines[0] ?? "", says);
}
