import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { docker } from "./support/container.ts";
import { eventually } from "./support/eventually.ts";
import { type Gateway, startGateway, startShop } from "./support/gateway.ts";
import { proxies } from "./support/images.ts";

/*
 * The scripts of the image read variables; nothing may ever run what one of them says. Each of these would leave a file
 * behind if a shell evaluated it, in whatever way, or if a program took it for one of its own options.
 */
const hostile = [
  "$(touch /run/owned-substitution)",
  "`touch /run/owned-backquotes`",
  "; touch /run/owned-semicolon;",
  "'; touch /run/owned-quote; '",
  '"; touch /run/owned-double-quote; "',
  "a[$(touch /run/owned-arithmetic)]",
  "| touch /run/owned-pipe",
  "> /run/owned-redirection",
  "\ntouch /run/owned-line\n",
].join(" ");

/** The gateway serves whatever stands in these. */
const text = ["DROVE_CLUSTER_NAME", "TZ", "DEBUG", "STOP_GRACE_MS", "DROVE_GATEWAY_PORT_TLS_CERTFILE"];

/** These it may refuse. */
const checked = [
  "CONFIG_FILE_PATH",
  "DROVE_GATEWAY_XPROXY",
  "TEMPLATE_FILE_PATH",
  "NGINX_DROVE_VHOST",
  "DROVE_GATEWAY_ADDRESS",
  "DROVE_GATEWAY_PORT",
  "DROVE_GATEWAY_PORT_USE_TLS",
  "DROVE_GATEWAY_PROXY_SERVICE",
  "DROVE_GATEWAY_STATE_PERSISTENCE_DIR",
  "DROVE_GATEWAY_NGINX_CONFIG",
  "DROVE_GATEWAY_NGINX_ERROR_LOG",
  "DROVE_GATEWAY_HAPROXY_CONFIG",
  "DROVE_GATEWAY_HAPROXYSOCKETADDR",
];

for (const { proxy, image } of proxies) {
  describe(`hostile variables, ${proxy}`, () => {
    it("that are only text are text, in all that a container does in its life", async (t) => {
      const env = Object.fromEntries(text.map((name) => [name, hostile]));
      const gateway = await startGateway(t, await startShop(t), { image, env });
      await gateway.serves();
      await gateway.shell("healthcheck || true");
      await gateway.shell('kill -s KILL "$(s6-svstat -o pid /run/service/agent)"');
      await eventually("the agent is back", async () => {
        return (await gateway.shell("s6-svstat -o ready /run/service/agent")) === "true";
      });
      await gateway.stop();
      await ranNothing(gateway);
    });

    for (const directory of [
      "/tmp/$(touch /run/owned-directory)",
      "!touch /run/owned-processor",
      "=/run/owned-status",
    ]) {
      it(`ACCESS_LOG_DIR=${directory}`, async (t) => {
        const gateway = await startGateway(t, await startShop(t), { image, env: { ACCESS_LOG_DIR: directory } });
        await gateway.serves();
        await gateway.stop();
        await ranNothing(gateway);
      });
    }

    for (const name of checked) {
      it(`${name} is used as it is, or refused`, async (t) => {
        const gateway = await startGateway(t, await startShop(t), { image, env: { [name]: hostile } });
        await eventually("it serves, or says what is wrong", async () => {
          if (!(await gateway.running()) || /"level":"error"|drove-gateway: /.test((await gateway.logs()).all))
            return true;
          return await gateway.visit().then(
            ({ status }) => status === 200,
            () => false,
          );
        });
        // It may be about to end.
        if (await gateway.running()) await gateway.shell("healthcheck || true").catch(() => "");
        await ranNothing(gateway);
      });
    }
  });
}

/** What a container has written since its start, also one that has ended. */
async function ranNothing({ id }: Gateway): Promise<void> {
  const changed = await docker("diff", id);
  assert.match(changed, /^A \/run\/service/m);
  // A folder may be named like it.
  assert.doesNotMatch(changed, /^A \/run\/owned/m);
}
