import assert from "node:assert/strict";
import { test } from "node:test";
import { startLoad } from "../image/support/load.ts";
import { bootMachine, logged, prepareGround } from "./support/machine.ts";
import { openWorld } from "./support/world.ts";

const install = (version: string) => `dpkg --install /packages/drove-gateway_${version}_*.deb`;
const config = "/etc/drove-gateway/gateway.toml";
const haproxyPid = "systemctl show --property=MainPID --value haproxy";

test("the deb serves beside HAProxy, hears of its restarts, and is upgraded and removed without a failed request", async (t) => {
  const machine = await bootMachine(t, await prepareGround());
  const world = await openWorld(t, "haproxy");
  await machine.run(install("0.0.1"));
  assert.equal(await machine.run("systemd-analyze verify --man=no drove-gateway.service haproxy.service 2>&1"), "");
  await machine.write(config, world.toml);
  await machine.run("systemctl enable --now drove-gateway");
  await machine.until("the configuration of HAProxy is written", "grep -q shop.test /etc/haproxy/*");

  // Its first start is announced like any other.
  await machine.run("systemctl start haproxy");
  await machine.until("SIGUSR1 is heard", logged("the proxy restarts, changes wait"));
  await machine.until("SIGUSR2 is heard", logged("the proxy is up, reconciling"));
  await world.served();
  await world.follows();

  const before = await machine.run(haproxyPid);
  const load = startLoad(t, { port: world.proxyPort, vhost: "shop.test" }, { clients: 2 });
  await machine.run(install("0.0.2"));
  await machine.until("the new agent runs", `${logged("started")} && ${logged("0.0.2")}`);
  await world.follows();
  assert.equal(await machine.run(haproxyPid), before);
  const { failures, total } = await load.stop();
  assert.deepEqual(failures, []);
  assert.ok(total > 0);

  const count = "journalctl --unit=drove-gateway --output=cat | grep -cF 'the proxy is up, reconciling'";
  await machine.run("systemctl restart haproxy");
  await machine.until("SIGUSR2 is heard again", `[ "$(${count})" = 2 ]`);
  assert.notEqual(await machine.run(haproxyPid), before);
  await world.follows();

  await machine.run("dpkg --remove drove-gateway");
  assert.equal(
    (await machine.attempt("ls -A /usr/lib/systemd/system/haproxy.service.d")).text.includes("drove"),
    false,
  );
  await world.served();
  await machine.run("systemctl restart haproxy");
  await world.served();
});
