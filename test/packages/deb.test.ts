import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { startLoad } from "../image/support/load.ts";
import { bootMachine, type Ground, logged, prepareGround } from "./support/machine.ts";
import { openWorld } from "./support/world.ts";

const install = (version: string) => `dpkg --install /packages/drove-gateway_${version}_*.deb`;
const config = "/etc/drove-gateway/gateway.toml";

describe("the deb", () => {
  let ground: Ground;
  before(async () => {
    ground = await prepareGround();
  });

  test("brings the commands, the manual and completion, and starts nothing", async (t) => {
    const machine = await bootMachine(t, ground);
    await machine.run(install("0.0.1"));
    assert.match(await machine.run("drove-gateway version"), /^version: 0\.0\.1$/m);
    assert.match(await machine.run("nixy -v"), /^version: 0\.0\.1$/m);
    assert.equal((await machine.attempt("systemctl is-active drove-gateway")).text, "inactive");
    assert.equal((await machine.attempt("systemctl is-enabled drove-gateway")).text, "disabled");
    assert.match(await machine.run("zcat /usr/share/man/man1/nixy.1.gz"), /drove\\-gateway/);
    assert.match(await machine.run("zcat /usr/share/man/man5/gateway.toml.5.gz"), /haproxysocketaddr/);
    assert.equal(await machine.run(completing("drove-gateway", "che")), "check");
    assert.equal(await machine.run(completing("drove-gateway check", "--")), "--endpoints");
    assert.equal(await machine.run(`cd /etc && ${completing("nixy check -f", "drove-g")}`), "drove-gateway");
    // What is shipped is whole: only the example controllers are missing.
    const { code, text } = await machine.attempt(`drove-gateway check -f ${config}`);
    assert.equal(code, 78);
    assert.match(text, /pass_file.*\/etc\/drove-gateway\/password/);
    await machine.run("echo secret > /etc/drove-gateway/password");
    assert.match(await machine.run(`drove-gateway check -f ${config}`), /^OK: /);
    assert.equal(await machine.run("systemd-analyze verify --man=no drove-gateway.service nginx.service 2>&1"), "");
  });

  test("serves, hears of nginx's restarts, and is upgraded and removed without a failed request", async (t) => {
    const machine = await bootMachine(t, ground);
    const world = await openWorld(t, "nginx");
    await machine.run(install("0.0.1"));
    await machine.write(config, world.toml);
    await machine.run("systemctl enable --now drove-gateway");
    await world.served();
    const nginx = await machine.run("cat /run/nginx.pid");

    await machine.run("systemctl reload drove-gateway");
    await machine.until("SIGHUP is heard", logged("resync asked for"));
    const load = startLoad(t, { port: world.proxyPort, vhost: "shop.test" }, { clients: 2 });
    await machine.run(install("0.0.2"));
    assert.match(await machine.run("drove-gateway version"), /^version: 0\.0\.2$/m);
    await machine.until("the new agent runs", `${logged("started")} && ${logged("0.0.2")}`);
    assert.equal(await machine.run(`cat ${config}`), world.toml);
    await world.follows();
    assert.equal(await machine.run("cat /run/nginx.pid"), nginx);
    const { failures, total } = await load.stop();
    assert.deepEqual(failures, []);
    assert.ok(total > 0);

    await machine.run("systemctl restart nginx");
    await machine.until("SIGUSR1 is heard", logged("the proxy restarts, changes wait"));
    await machine.until("SIGUSR2 is heard", logged("the proxy is up, reconciling"));
    await world.follows();

    // A changed template, as the documentation tells it.
    await machine.run(`cp -r /usr/share/drove-gateway/templates/nginx /etc/drove-gateway/templates
      sed -i 's/server_tokens off;/server_tokens off; add_header X-Changed yes;/' /etc/drove-gateway/templates/nginx.conf.eta
      sed -i '1i nginx_template = "/etc/drove-gateway/templates/nginx.conf.eta"' ${config}`);
    assert.match(await machine.run(`drove-gateway check -f ${config}`), /^OK: .*\/etc\/drove-gateway\/templates/m);
    await world.sends("x-changed", "yes");
    await machine.run(`rm -r /etc/drove-gateway/templates; sed -i 1d ${config}`);

    await machine.run("dpkg --remove drove-gateway");
    assert.match((await machine.attempt("systemctl status drove-gateway")).text, /could not be found/);
    assert.match((await machine.attempt("command -v drove-gateway nixy")).text, /^$/);
    assert.equal(await machine.run(`cat ${config}`), world.toml);
    await world.served();
    await machine.run("systemctl restart nginx");
    await world.served();

    await machine.run("dpkg --purge drove-gateway");
    const left = "find / -xdev -path /packages -prune -o -path '*drove-gateway*' -print | grep -v '^/proc'";
    assert.equal((await machine.attempt(left)).text, "");
  });
});

/** A script that prints what bash would complete the word to. */
function completing(words: string, word: string): string {
  const all = [...words.split(" "), word];
  return [
    "source /usr/share/bash-completion/completions/drove-gateway",
    "compopt() { :; }",
    `COMP_WORDS=(${all.map((one) => JSON.stringify(one)).join(" ")}); COMP_CWORD=${all.length - 1}`,
    '_drove_gateway; echo "${COMPREPLY[*]}"',
  ].join("\n");
}
