import type { TestContext } from "node:test";
import { type DemoApp, startApp } from "../../fake/demo-app.ts";
import { type Cluster, startCluster } from "../../fake/drove-cluster.ts";
import { exposedApp } from "../../fake/exposed-app.ts";
import { eventually } from "../../image/support/eventually.ts";
import { freePorts } from "../../image/support/free-ports.ts";
import { ask } from "../../real/support/ask.ts";

/** What a configuration says of the distribution's own proxy. */
const proxies = {
  nginx: (status: number) => `nginx_config = "/etc/nginx/nginx.conf"
nginx_status_address = "127.0.0.1:${status}"`,
  haproxy: () => `proxy_platform = "haproxy"
haproxy_config = "/etc/haproxy/haproxy.cfg"
haproxy_cmd = "/usr/sbin/haproxy"
haproxysocketaddr = "/run/haproxy/admin.sock"
haproxy_master_socket = "/run/haproxy-master.sock"
haproxy_user = "haproxy"
haproxy_group = "haproxy"
haproxy_chroot = "/var/lib/haproxy"`,
};

/** A cluster with one app, and the configuration of a gateway that serves it by this proxy. */
export async function openWorld(t: TestContext, proxy: keyof typeof proxies) {
  const cluster: Cluster = await startCluster({ apps: [exposedApp({ name: "shop" })] });
  const apps: DemoApp[] = [];
  t.after(async () => {
    await Promise.all(apps.map((app) => app.stop()));
    await cluster.stop();
  });
  const add = async () => {
    const app = await startApp({ appId: "shop-1.0.0" });
    apps.push(app);
    cluster.apps.addInstance("shop-1.0.0", app.endpoint);
    return app;
  };
  await add();
  const [proxyPort = 0, port = 0, status = 0] = await freePorts(3);
  const answer = () => ask({ port: proxyPort, vhost: "shop.test" });
  return {
    proxyPort,
    toml: `port = ${port}
proxy_port = ${proxyPort}
event_refresh_interval_sec = 0.2
${proxies[proxy](status)}
[[namespaces]]
name = "default"
drove = ["${cluster.urls[0]}"]`,
    async served() {
      await eventually("the app is served", async () => (await answer()).status === 200);
    },
    async sends(header: string, value: string) {
      await eventually(`${header}: ${value}`, async () => (await answer()).headers[header] === value);
    },
    /** A new instance is served. */
    async follows() {
      const app = await add();
      await eventually(
        "the new instance is served",
        async () => (await answer()).headers["x-instance-id"] === app.instance,
      );
    },
  };
}
