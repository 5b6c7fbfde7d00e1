import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { caseFolders } from "../golden/golden-case.ts";
import { haproxyComplaint } from "./support/haproxy-complaint.ts";
import { haproxyVersions } from "./support/haproxy-versions.ts";
import { withoutPlus } from "./support/open-source.ts";

/*
 * Every golden configuration, read by the proxy that it is for: by the nginx of this machine with `-t`, by each HAProxy
 * with `-c`. Only what belongs to the machine is put in place of what is expected: ports, folders, IPv6, and directives
 * that this nginx is too old for.
 */

const run = promisify(execFile);
const machine = { folder: "", version: [0, 0, 0] as readonly number[] };

before(async () => {
  machine.folder = await mkdtemp(join(tmpdir(), "drove-gateway-golden-"));
  const { stderr } = await run("nginx", ["-v"], { env: withSbin() });
  machine.version = (/nginx\/([\d.]+)/.exec(stderr)?.[1] ?? "").split(".").map(Number);
});

after(() => rm(machine.folder, { recursive: true, force: true }));

for (const folder of caseFolders("nginx")) {
  test(`nginx takes ${basename(folder)}`, async () => {
    // Of NGINX Plus, as far as another nginx can tell.
    const text = onThisMachine(withoutPlus(await readFile(join(folder, "expected.conf"), "utf8")));
    assert.equal(await complaintOf(text), "");
  });
}

for (const { name: version, program } of haproxyVersions) {
  for (const folder of caseFolders("haproxy")) {
    test(`HAProxy ${version} takes ${basename(folder)}`, async () => {
      const text = await readFile(join(folder, "expected.conf"), "utf8");
      assert.equal(await haproxyComplaint(program, text, machine.folder), "");
    });
  }

  test(`HAProxy ${version} would not take everything`, async () => {
    assert.match(
      await haproxyComplaint(program, "global\n  no-such-keyword\n", machine.folder),
      /unknown keyword 'no-such-keyword'/,
    );
    const text = await readFile(join(caseFolders("haproxy")[0] ?? "", "expected.conf"), "utf8");
    assert.match(
      await haproxyComplaint(
        program,
        `${text}\nfrontend a\n  bind :1\n  use_backend %[str(a),map_str(/no.map)]\n`,
        machine.folder,
      ),
      /no\.map/,
    );
  });
}

test("nginx would not take everything", async () => {
  assert.match(await complaintOf("events {}\nhttp { no_such_directive; }\n"), /unknown directive "no_such_directive"/);
});

/** What nginx says of a configuration that it refuses or warns of; nothing if it is content. */
async function complaintOf(text: string): Promise<string> {
  const path = join(machine.folder, "nginx.conf");
  await writeFile(path, text);
  const args = ["-t", "-q", "-e", "stderr", "-p", machine.folder, "-c", path];
  const { stderr } = await run("nginx", args, { env: withSbin() }).catch((error: { stderr: string }) => error);
  return stderr;
}

function onThisMachine(text: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${join(machine.folder, name)};`,
  );
  const accessLog = /^ {2}access_log /m.test(text) ? [] : ["access_log off;"];
  return (
    (text.includes("\npid ") ? text : `pid x;\n${text}`)
      .replace(/^pid .*$/m, `pid ${join(machine.folder, "nginx.pid")};`)
      .replace(/^http \{$/m, ["http {", ...accessLog, ...temporary].join("\n  "))
      .split("\n")
      .filter((line) => hasIpv6() || !/listen \[::\]/.test(line))
      .filter((line) => isAtLeast(1, 27, 4) || !line.includes("keepalive_min_timeout"))
      // Then its seeds are its servers.
      .filter((line) => isAtLeast(1, 27, 3) || !line.includes("service=http resolve"))
      .filter((line) => isAtLeast(1, 25, 1) || !line.includes("http2 on"))
      .join("\n")
  );
}

function isAtLeast(...least: readonly number[]): boolean {
  const first = machine.version.findIndex((part, index) => part !== least[index]);
  return first === -1 || (machine.version[first] ?? 0) > (least[first] ?? 0);
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some((one) => one.family === "IPv6"));
}

function withSbin(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` };
}
