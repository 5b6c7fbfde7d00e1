import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { execa } from "execa";
import { startLoad } from "../image/support/load.ts";
import { bootMachine, type Ground, logged, prepareGround } from "./support/machine.ts";
import { openWorld } from "./support/world.ts";

const rpm = async (...words: readonly string[]) => (await execa("rpm", words)).stdout;

describe("the rpm", () => {
  let ground: Ground;
  const packageOf = (version: string) => join(ground.packages, `drove-gateway-${version}-1.x86_64.rpm`);
  before(async () => {
    ground = await prepareGround();
  });

  test("holds what the deb holds, but for zsh's folder", async () => {
    const inRpm = (await rpm("-qpl", packageOf("0.0.1"))).split("\n");
    const deb = join(ground.packages, "drove-gateway_0.0.1_amd64.deb");
    const { stdout } = await execa("sh", ["-c", `dpkg-deb --fsys-tarfile ${deb} | tar -t`]);
    const files = stdout.split("\n").filter((path) => !path.endsWith("/"));
    const wanted = files.map((path) => path.slice(1).replace("vendor-completions/_", "site-functions/_"));
    const missing = wanted.filter((path) => !inRpm.includes(path));
    assert.deepEqual(missing, []);
    assert.ok(wanted.length > 50);
    const extra = inRpm.filter((path) => !wanted.includes(path) && !wanted.some((file) => file.startsWith(`${path}/`)));
    assert.deepEqual(extra, []);
  });

  test("keeps an edited configuration, and says what it needs and does", async () => {
    assert.equal(await rpm("-qp", "--configfiles", packageOf("0.0.1")), "/etc/drove-gateway/gateway.toml");
    assert.match(await rpm("-qp", "--requires", packageOf("0.0.1")), /^glibc >= 2\.28$/m);
    const scripts = await rpm("-qp", "--scripts", packageOf("0.0.1"));
    for (const part of ["daemon-reload", "try-restart", "disable --now"]) assert.ok(scripts.includes(part), part);
  });

  test("is installed, upgraded and removed, and runs", async (t) => {
    const root = await mkdtemp(join(tmpdir(), "rpm-root-"));
    t.after(() => rm(root, { recursive: true, force: true }));
    const inRoot = (...words: readonly string[]) => rpm("--root", root, "--nodeps", "--noscripts", ...words);
    const config = join(root, "etc/drove-gateway/gateway.toml");
    const version = async () => {
      const program = join(root, "usr/share/drove-gateway/drove-gateway.cjs");
      return (await execa(join(root, "usr/lib/drove-gateway/node"), [program, "version"])).stdout;
    };
    await inRoot("--install", packageOf("0.0.1"));
    assert.match(await version(), /^version: 0\.0\.1$/m);
    const edited = (await readFile(config, "utf8")).replace("port = 6000", "port = 6600");
    await writeFile(config, edited);
    await inRoot("--upgrade", packageOf("0.0.2"));
    assert.match(await version(), /^version: 0\.0\.2$/m);
    assert.equal(await readFile(config, "utf8"), edited);
    await inRoot("--erase", "drove-gateway");
    const { stdout } = await execa("find", [join(root, "usr"), join(root, "etc"), "-name", "*drove-gateway*"]);
    // rpm keeps what was edited, under another name.
    assert.deepEqual(stdout.split("\n"), [join(root, "etc/drove-gateway")]);
    assert.equal(await readFile(`${config}.rpmsave`, "utf8"), edited);
  });

  test("its scripts start nothing, start the agent anew at an upgrade, and end it at removal", async (t) => {
    const machine = await bootMachine(t, ground);
    const world = await openWorld(t, "nginx");
    const config = "/etc/drove-gateway/gateway.toml";
    // Debian's rpm knows nothing of what Debian has installed.
    const run = (words: string) => machine.run(`rpm --nodeps ${words}`);
    await run("--install /packages/drove-gateway-0.0.1-1.x86_64.rpm");
    assert.equal((await machine.attempt("systemctl is-active drove-gateway")).text, "inactive");
    assert.equal((await machine.attempt("systemctl is-enabled drove-gateway")).text, "disabled");
    await run("--upgrade /packages/drove-gateway-0.0.2-1.x86_64.rpm");
    assert.equal((await machine.attempt("systemctl is-active drove-gateway")).text, "inactive");
    await run("--upgrade --oldpackage /packages/drove-gateway-0.0.1-1.x86_64.rpm");

    await machine.write(config, world.toml);
    await machine.run("systemctl enable --now drove-gateway");
    await world.served();
    const load = startLoad(t, { port: world.proxyPort, vhost: "shop.test" }, { clients: 2 });
    await run("--upgrade /packages/drove-gateway-0.0.2-1.x86_64.rpm");
    await machine.until("the new agent runs", `${logged("started")} && ${logged("0.0.2")}`);
    await world.follows();
    assert.equal((await machine.attempt("systemctl is-enabled drove-gateway")).text, "enabled");
    assert.equal(await machine.run(`cat ${config}`), world.toml);

    await run("--erase drove-gateway");
    assert.match((await machine.attempt("systemctl status drove-gateway")).text, /could not be found/);
    assert.match((await machine.attempt("find /etc/systemd -name 'drove-gateway*'")).text, /^$/);
    await world.served();
    const { failures, total } = await load.stop();
    assert.deepEqual(failures, []);
    assert.ok(total > 0);
  });
});
