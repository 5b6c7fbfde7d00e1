import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { exposedApp } from "../fake/exposed-app.ts";
import { openHaproxyGateway } from "./haproxy-gateway.ts";
import { haproxyVersions } from "./support/haproxy-versions.ts";

/*
 * Members are moved before HAProxy is looked at, on the strength of what was applied before. These are the cases in which
 * HAProxy has something else by then: the look that follows has to find and mend it.
 */

const apps = [exposedApp({ name: "shop" }), exposedApp({ name: "cart" })];

/** A gateway at rest: its newest change is confirmed, so that the next one goes ahead. */
async function openAtRest(t: Parameters<typeof openHaproxyGateway>[0], program: string) {
  const gateway = await openHaproxyGateway(t, { program, apps });
  const first = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", first);
  await gateway.turned();
  return { gateway, first };
}

const nameOf = ({ host, port }: { readonly host: string; readonly port: number }) => `server_${host}_${port}`;

for (const { name, program } of haproxyVersions) {
  describe(`HAProxy ${name}, other than it was left`, () => {
    test("without a server that goes, and with the one that comes: nothing is amiss", async (t) => {
      const { gateway, first } = await openAtRest(t, program);
      const leaving = `shop.test/${nameOf(first.endpoint)}`;
      const reloads = await gateway.reloads();
      await gateway.haproxy().tell(`set server ${leaving} state maint`, `del server ${leaving}`);
      gateway.cluster.apps.kill("shop-1.0.0", first.endpoint);
      await gateway.hasServers("shop.test", []);
      await gateway.turned();
      const second = await gateway.instance("shop-1.0.0");
      await gateway.servedBy("shop.test", second);
      await gateway.turned();
      assert.equal(await gateway.reloads(), reloads);
      assert.match(await gateway.file(), new RegExp(nameOf(second.endpoint)));
    });

    test("with servers out by hand, in this backend and in another: both are back", async (t) => {
      const { gateway, first } = await openAtRest(t, program);
      const cart = await gateway.instance("cart-1.0.0");
      await gateway.servedBy("cart.test", cart);
      await gateway.turned();
      const all = [`shop.test/${nameOf(first.endpoint)}`, `cart.test/${nameOf(cart.endpoint)}`];
      await gateway.haproxy().tell(...all.map((server) => `set server ${server} state maint`));
      const second = await gateway.instance("shop-1.0.0");
      await gateway.hasServers("shop.test", [first.endpoint.port, second.endpoint.port]);
      await gateway.hasServers("cart.test", [cart.endpoint.port]);
    });

    test("as another process, with what the file says: the new one comes after the look", async (t) => {
      const { gateway, first } = await openAtRest(t, program);
      await gateway.haproxy().kill();
      await gateway.startHaproxy();
      const second = await gateway.instance("shop-1.0.0");
      await gateway.hasServers("shop.test", [first.endpoint.port, second.endpoint.port]);
      await gateway.servedBy("shop.test", second);
    });
  });
}
