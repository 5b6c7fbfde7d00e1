import assert from "node:assert/strict";
import { once } from "node:events";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { eventually } from "./support/eventually.ts";
import { folderWith } from "./support/folder.ts";
import { hold } from "./support/free-ports.ts";
import { type Gateway, startGateway, startShop, vhost } from "./support/gateway.ts";
import { proxies } from "./support/images.ts";
import { startLoad } from "./support/load.ts";

describe("nothing is killed", () => {
  it("the agent outlives what it does after the start, when it has time", async (t) => {
    const gateway = await startGateway(t, await startShop(t));
    await gateway.serves();
    const pid = await pidOf(gateway, "agent");
    // It tidies its memory after three seconds of quiet.
    await new Promise((resolve) => setTimeout(resolve, 6000));
    assert.equal(await pidOf(gateway, "agent"), pid);
    assert.doesNotMatch((await gateway.logs()).all, /^drove-gateway:/m);
  });
});

for (const { proxy, image } of proxies) {
  describe(`the agent beside ${proxy} is killed`, () => {
    it("no request fails, and it follows the cluster again", async (t) => {
      const shop = await startShop(t);
      const gateway = await startGateway(t, shop, { image });
      await gateway.serves();
      const load = startLoad(t, { port: gateway.proxyPort, vhost });
      const before = await pidOf(gateway, "agent");
      await killNow(gateway, "agent");
      await eventually("another agent is ready", async () => {
        const pid = await pidOf(gateway, "agent");
        return pid !== before && (await gateway.shell("s6-svstat -o ready /run/service/agent")) === "true";
      });
      const answered = load.answered();
      await eventually("load goes on", async () => load.answered() > answered + 100);
      const { total, failures } = await load.stop();
      assert.deepEqual(failures, []);
      assert.ok(total > 100);
      shop.cluster.apps.remove("shop-1.0.0");
      await eventually("it follows the cluster", async () => (await gateway.visit()).status === 503);
    });
  });

  describe(`${proxy} is killed`, () => {
    it("a lost master comes back with its configuration", async (t) => {
      const gateway = await startGateway(t, await startShop(t), { image });
      await gateway.serves();
      const before = await pidOf(gateway, "proxy");
      await killNow(gateway, "proxy");
      await isReplaced(gateway, before);
      await gateway.serves({ deadlineMs: 5000 });
      await isAlone(gateway);
    });

    it("a lost worker costs no request that comes later", async (t) => {
      const gateway = await startGateway(t, await startShop(t), { image });
      await gateway.serves();
      await gateway.shell(`master=$(s6-svstat -o pid /run/service/proxy)
        worker=$(grep -l "^PPid:[[:space:]]*$master$" /proc/[0-9]*/status | head -n 1 | cut -d / -f 3)
        kill -s KILL "$worker"`);
      await gateway.serves({ deadlineMs: 5000 });
      assert.equal(await gateway.running(), true);
    });

    it("that its supervisor is lost leaves no second one with an old configuration", async (t) => {
      const gateway = await startGateway(t, await startShop(t), { image });
      await gateway.serves();
      const before = await pidOf(gateway, "proxy");
      await gateway.shell(
        `kill -s KILL "$(awk '/^PPid:/ { print $2 }' "/proc/$(s6-svstat -o pid /run/service/proxy)/status")"`,
      );
      await isReplaced(gateway, before);
      await gateway.serves({ deadlineMs: 5000 });
      await isAlone(gateway);
    });

    it("a port that somebody else holds ends the container with the proxy's code", async (t) => {
      const shop = await startShop(t);
      const gateway = await startGateway(t, shop, { image });
      await gateway.serves();
      await gateway.stop();
      const other = await eventually("the port is free", () => hold(gateway.proxyPort));
      t.after(() => once(other.close(), "close"));
      const env = { DROVE_GATEWAY_PROXY_PORT: String(gateway.proxyPort) };
      const again = await startGateway(t, shop, { image, env });
      assert.equal(await again.ended({ deadlineMs: 60_000 }), 1);
      assert.match((await again.logs()).all, new RegExp(`${proxy} ended 5 times in 60 s`));
    });
  });
}

describe("the agent is killed", () => {
  it("in nginx's first start: nginx serves on, and is supervised after all", async (t) => {
    // Stands before the real one on the PATH: the first nginx that is to serve kills the agent that started it.
    const folder = await folderWith(t, {
      nginx: `#!/bin/sh
case "$*" in
  *daemon*) [ -e /run/killed ] || { : >/run/killed; kill -s KILL "$(s6-svstat -o pid /run/service/agent)"; } ;;
esac
exec /usr/sbin/nginx "$@"
`,
    });
    await chmod(join(folder, "nginx"), 0o755);
    const flags = ["--volume", `${join(folder, "nginx")}:/usr/local/sbin/nginx:ro`];
    const gateway = await startGateway(t, await startShop(t), { flags });
    await gateway.serves();
    await gateway.logged(/agent ended|ended 1 times|reason.*unproven/i);
    const wanted = "s6-svstat -o wantedup,ready /run/service/proxy";
    await eventually("nginx is kept", async () => (await gateway.shell(wanted)) === "true true");
    assert.equal(await gateway.shell("test -e /run/killed && echo killed"), "killed");
    await eventually(
      "nothing is left",
      async () => (await gateway.shell("ls -A /run/nginx | grep '^[.]' || true")) === "",
    );
    const before = await pidOf(gateway, "proxy");
    await killNow(gateway, "proxy");
    await isReplaced(gateway, before);
    await gateway.serves();
  });

  it("again and again: the pauses grow, traffic goes on, and a stop is still quick", async (t) => {
    const shop = await startShop(t);
    const gateway = await startGateway(t, shop);
    await gateway.serves();
    for (let kill = 0; kill < 4; kill++) {
      const pid = await pidOf(gateway, "agent");
      await killNow(gateway, "agent");
      await eventually("another run", async () => ![pid, "-1"].includes(await pidOf(gateway, "agent")));
    }
    await gateway.logged(/ended 3 times in a row: next start in 2 s/);
    assert.equal((await gateway.visit()).status, 200);
    const { exitCode, tookMs } = await gateway.stop();
    assert.equal(exitCode, 0);
    assert.ok(tookMs < 5000, `${tookMs} ms`);
  });
});

function pidOf(gateway: Gateway, service: string): Promise<string> {
  return gateway.shell(`s6-svstat -o pid /run/service/${service}`);
}

function killNow(gateway: Gateway, service: string): Promise<string> {
  return gateway.shell(`kill -s KILL "$(s6-svstat -o pid /run/service/${service})"`);
}

async function isReplaced(gateway: Gateway, before: string): Promise<void> {
  await eventually("another proxy", async () => {
    const pid = await pidOf(gateway, "proxy");
    return pid !== "-1" && pid !== before;
  });
}

/** All processes of the proxy are of the group that is supervised. */
async function isAlone(gateway: Gateway): Promise<void> {
  await eventually("no process of the former proxy", async () => {
    const groups = await gateway.shell(`for p in /proc/[0-9]*; do
      case $(tr '\\0' ' ' <$p/cmdline) in 'nginx: '* | 'haproxy '*) cut -d ' ' -f 5 $p/stat ;; esac
    done | sort -u`);
    return groups === (await pidOf(gateway, "proxy"));
  });
}
