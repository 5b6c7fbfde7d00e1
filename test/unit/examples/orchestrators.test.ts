import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parseCommand } from "../../../agent/cli/arguments.ts";
import { readEnvironment } from "../../../agent/config/environment.ts";
import { codeBlocks, find, readText, root } from "./files.ts";

const dockerfile = readText("Dockerfile.nginx");
const imageScripts = find("{image,s6-overlay}/**/*").map(readText).join("\n");

describe("variables in the examples", () => {
  const places: Readonly<Record<string, readonly string[]>> = {
    docker: dockerCommands().flatMap((line) => [...line.matchAll(/-e (\w+)=/g)].map((match) => match[1] ?? "")),
    nomad: [...block(readText("examples/nomad/drove-gateway.nomad.hcl"), "env").matchAll(/^\s*(\w+)\s*=/gm)].map(
      (match) => match[1] ?? "",
    ),
    notes: ["nomad", "ecs"].flatMap((place) =>
      [...readText(`examples/${place}/README.md`).matchAll(/\bDROVE_\w+/g)].map(([name]) => name),
    ),
    ecs: [...container().environment, ...container().secrets].map((one) => one.name),
  };
  for (const [place, names] of Object.entries(places)) {
    test(`${place}: every one is known to the agent or the image`, () => {
      assert.ok(names.length >= 2, names.join(" "));
      for (const name of names) assert.ok(isKnown(name), name);
    });
  }
});

test("ports in the examples are those of the image", () => {
  const exposed = /EXPOSE (\d+) (\d+)/.exec(dockerfile)?.slice(1) ?? [];
  assert.deepEqual(exposed, ["7000", "6000"]);
  for (const line of dockerCommands().filter((one) => one.includes(" -d "))) {
    const published = [...line.matchAll(/-p (?:[\d.]+:)?\d+:(\d+)/g)].map((match) => match[1]);
    assert.deepEqual(published, exposed, line);
  }
  assert.deepEqual(container().portMappings, [{ containerPort: 7000 }]);
});

test("ECS: the check is a file of the image, and the grace fits into the stop", () => {
  const { healthCheck, stopTimeout, environment } = container();
  assert.match(dockerfile, new RegExp(`COPY image/\\w+ ${healthCheck.command[1]}\n`));
  const grace = environment.find((one) => one.name === "STOP_GRACE_MS")?.value;
  assert.ok(Number(grace) + 2500 <= stopTimeout * 1000);
});

test("Nomad: the grace fits into the kill timeout, every port of the variables is asked for, braces match", () => {
  const hcl = readText("examples/nomad/drove-gateway.nomad.hcl");
  const grace = Number(/STOP_GRACE_MS\s*=\s*"(\d+)"/.exec(hcl)?.[1]);
  assert.ok(grace + 2500 <= Number(/kill_timeout = "(\d+)s"/.exec(hcl)?.[1]) * 1000);
  const network = block(hcl, "network");
  const used = [...hcl.matchAll(/NOMAD_PORT_(\w+)/g)].map((match) => match[1] ?? "");
  assert.deepEqual(new Set(used), new Set([...network.matchAll(/port "(\w+)"/g)].map((match) => match[1] ?? "")));
  assert.equal(hcl.split("{").length, hcl.split("}").length);
  assert.match(readText("agent/status/api.ts"), new RegExp(`"${/path\s+= "([^"]+)"/.exec(hcl)?.[1]}"`));
});

test("docker: mounted files of this repository exist", () => {
  const mounted = dockerCommands().flatMap((line) =>
    [...line.matchAll(/\$PWD\/([\w/.-]+):/g)].map((match) => match[1] ?? ""),
  );
  assert.ok(mounted.length > 0);
  for (const path of mounted) assert.ok(existsSync(join(root, path)), path);
});

test("packages: the unit's command line is one of ours, on the file that they bring", () => {
  const unit = readText("packaging/tree/usr/lib/systemd/system/drove-gateway.service");
  const [, line = ""] = /^ExecStart=(.*)$/m.exec(unit) ?? [];
  assert.deepEqual(parseCommand(line.split(" ").slice(1)), { name: "run", file: "/etc/drove-gateway/gateway.toml" });
});

test("docker and own-template: commands behind the image are ours", () => {
  const ours = dockerCommands().flatMap((line) => /drove-gateway:nginx drove-gateway (.*)$/.exec(line)?.[1] ?? []);
  assert.ok(ours.length > 0);
  for (const words of ours) assert.equal(parseCommand(words.trim().split(/\s+/)).name, "render");
});

/** `docker run …`, each as one line, of the README and of the examples. */
function dockerCommands(): readonly string[] {
  const texts = ["README.md", ...find("docs/*.md"), "examples/docker-run/README.md"].flatMap((path) =>
    codeBlocks(readText(path), "sh"),
  );
  const lines = texts
    .join("\n")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n");
  return lines.filter((line) => line.startsWith("docker run "));
}

interface EcsContainer {
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly secrets: readonly { readonly name: string }[];
  readonly portMappings: readonly { readonly containerPort: number }[];
  readonly healthCheck: { readonly command: readonly string[] };
  readonly stopTimeout: number;
}

function container(): EcsContainer {
  const { containerDefinitions } = JSON.parse(readText("examples/ecs/task-definition.json")) as {
    readonly containerDefinitions: readonly EcsContainer[];
  };
  const [only] = containerDefinitions;
  assert.ok(only !== undefined);
  return only;
}

/** The body of a block of HCL that holds no other block of several lines. */
function block(hcl: string, name: string): string {
  return new RegExp(`^ *${name} \\{\\n([\\s\\S]*?)^ *\\}$`, "m").exec(hcl)?.[1] ?? "";
}

function isKnown(name: string): boolean {
  if (name === "TZ" || name === "DEBUG") return true;
  const { cluster, topLevel, namespace, configFile, templateFile } = readEnvironment({ [name]: "1" });
  const settings = [...cluster, ...topLevel, ...namespace];
  if (settings.length > 0 || configFile !== undefined || templateFile !== undefined) return true;
  return new RegExp(`\\$\\{?${name}\\b`).test(imageScripts);
}
