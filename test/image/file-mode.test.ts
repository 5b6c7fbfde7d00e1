import assert from "node:assert/strict";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { makeCertificates } from "../fake/certificates.ts";
import { docker, startContainer } from "./support/container.ts";
import { eventually } from "./support/eventually.ts";
import { folderWith } from "./support/folder.ts";
import { freePorts } from "./support/free-ports.ts";
import { credentials, type Shop, startOnFreePorts, startShop } from "./support/gateway.ts";
import { proxies } from "./support/images.ts";
import { request } from "./support/request.ts";

const partials = "/usr/share/drove-gateway/templates/nginx/partials/*.eta";
const env = { CONFIG_FILE_PATH: "/config/nixy.toml" };

for (const { proxy, image } of proxies) {
  describe(`file mode, ${proxy}`, () => {
    it("serves by a mounted file with a secret in a file of its own", async (t) => {
      const shop = await startShop(t);
      const folder = await folderWith(t, { "nixy.toml": tomlFor(shop), password: `${credentials.pass}\n` });
      const gateway = await startOnFreePorts(t, {
        image,
        env,
        flags: ["--volume", `${folder}:/config:ro`, "--health-interval", "1s"],
      });
      await gateway.serves();
      await eventually("docker finds it healthy", async () => {
        return (await gateway.inspect("{{.State.Health.Status}}")) === "healthy";
      });
    });

    it("waits for the delay of a stop that the file wants", async (t) => {
      const shop = await startShop(t);
      const toml = `stop_delay_sec = 2.5\n${tomlFor(shop)}`;
      const folder = await folderWith(t, { "nixy.toml": toml, password: credentials.pass });
      const gateway = await startOnFreePorts(t, { image, env, flags: ["--volume", `${folder}:/config:ro`] });
      await gateway.serves();
      await eventually("ready", async () => (await gateway.api("/v1/ready")).status === 200);
      const { exitCode, tookMs } = await gateway.stop();
      assert.equal(exitCode, 0);
      assert.ok(tookMs >= 2500, `${tookMs} ms`);
      assert.match((await gateway.logs()).all, /"msg":"stopped"/);
    });

    it("renders and checks without services", async (t) => {
      const shop = await startShop(t);
      const folder = await folderWith(t, {
        "nixy.toml": tomlFor(shop),
        password: credentials.pass,
        "endpoints.json": JSON.stringify({ status: "SUCCESS", data: shop.cluster.apps.list(), message: "success" }),
      });
      const mounted = ["run", "--rm", "--network", "none", "--volume", `${folder}:/config:ro`, image];
      const words = ["-f", "/config/nixy.toml", "--endpoints", "default=/config/endpoints.json"];
      assert.match(await docker(...mounted, "drove-gateway", "render", ...words), /shop\.test/);
      assert.match(await docker(...mounted, "nixy", "-v"), /^version: .+\ncommit: .+\ndate: .+$/);
    });
  });
}

describe("file mode", () => {
  it("lets the file's keys win over the image's defaults", async (t) => {
    const shop = await startShop(t);
    const [proxyPort = 0, apiPort = 0, statusPort = 0] = await freePorts(3);
    const keys = `port = "${apiPort}"\nproxy_port = ${proxyPort}\nnginx_status_address = "127.0.0.1:${statusPort}"\n`;
    const folder = await folderWith(t, { "nixy.toml": keys + tomlFor(shop), password: credentials.pass });
    const container = await startContainer(t, { env, flags: ["--volume", `${folder}:/config:ro`] });
    await eventually("the shop answers", async () => {
      return (await request({ port: proxyPort, vhost: "shop.test" })).status === 200;
    });
    await eventually("its healthcheck finds the port", async () => {
      return (await container.shell("healthcheck >/dev/null; echo $?")) === "0";
    });
  });

  it("has a healthcheck that speaks TLS", async (t) => {
    const shop = await startShop(t);
    const { trusted } = makeCertificates();
    const folder = await folderWith(t, {
      "nixy.toml": `port_use_tls = true\nport_tls_certfile = "/config/cert"\nport_tls_keyfile = "/config/key"\n${tomlFor(shop)}`,
      password: credentials.pass,
      cert: trusted.cert,
      key: trusted.key,
    });
    const gateway = await startOnFreePorts(t, { env, flags: ["--volume", `${folder}:/config:ro`] });
    await gateway.serves();
    await eventually("its healthcheck is content", async () => {
      return (await gateway.shell("healthcheck >/dev/null; echo $?")) === "0";
    });
  });

  it("starts nginx by a template with a pid file and a daemon directive of its own, also after a crash", async (t) => {
    const shop = await startShop(t);
    const shipped = await readFile(
      join(import.meta.dirname, "..", "..", "templates", "nginx", "nginx.conf.eta"),
      "utf8",
    );
    const folder = await folderWith(t, {
      "nixy.toml": `nginx_template = "/config/own.eta"\ntemplate_partials = ["${partials}"]\n${tomlFor(shop)}`,
      "own.eta": shipped.replace(/^pid .*$/m, "daemon off;\npid /tmp/own.pid;"),
      password: credentials.pass,
    });
    const gateway = await startOnFreePorts(t, { env, flags: ["--volume", `${folder}:/config:ro`] });
    await gateway.serves();
    await eventually("ready", async () => (await gateway.api("/v1/ready")).status === 200);
    const master = await gateway.shell("cat /tmp/own.pid");
    await gateway.shell(`kill -s KILL ${master}`);
    await eventually("another one serves", async () => {
      return (await gateway.shell("cat /tmp/own.pid")) !== master && (await gateway.visit()).status === 200;
    });
  });

  it("picks up an edit of the file and, on HUP, a new password", async (t) => {
    const shop = await startShop(t);
    const folder = await folderWith(t, { "nixy.toml": tomlFor(shop), password: "wrong" });
    const gateway = await startOnFreePorts(t, { env, flags: ["--volume", `${folder}:/config:ro`] });
    await gateway.logged(/401|credentials/);
    // From then on it hears signals.
    await gateway.logged(/"msg":"started"/);
    await writeFile(join(folder, "password"), credentials.pass);
    await gateway.signal("HUP");
    await gateway.serves();

    await writeFile(join(folder, "next"), `${tomlFor(shop)}realm = "other.test"\n`, { mode: 0o644 });
    await rename(join(folder, "next"), join(folder, "nixy.toml"));
    await eventually("the shop is out of the realm", async () => (await gateway.visit()).status === 503);
  });

  it("goes on serving when the agent restarts and finds the file broken, and mends itself", async (t) => {
    const shop = await startShop(t);
    const folder = await folderWith(t, { "nixy.toml": tomlFor(shop), password: credentials.pass });
    const gateway = await startOnFreePorts(t, { env, flags: ["--volume", `${folder}:/config:ro`] });
    await gateway.serves();
    await eventually("ready", async () => (await gateway.api("/v1/ready")).status === 200);
    const good = await readFile(join(folder, "nixy.toml"), "utf8");
    await writeFile(join(folder, "nixy.toml"), "[[[");
    await gateway.shell('kill -s KILL "$(s6-svstat -o pid /run/service/agent)"');
    await gateway.logged(/drove-gateway: \/config\/nixy\.toml:1/);
    assert.equal(await gateway.running(), true);
    assert.equal((await gateway.visit()).status, 200);
    assert.equal(await gateway.shell("healthcheck >/dev/null; echo $?"), "1");
    await writeFile(join(folder, "nixy.toml"), good);
    await eventually("ready again", async () => {
      return (await gateway.shell("healthcheck >/dev/null; echo $?")) === "0";
    });
  });
});

/** One namespace at the end, so that a test may put keys before it and keys of the namespace after it. */
function tomlFor(shop: Shop): string {
  return `[[namespaces]]
name = "default"
drove = [${shop.cluster.urls.map((url) => `"${url}"`).join(", ")}]
user = "${credentials.user}"
pass_file = "/config/password"
`;
}
