import { join } from "node:path";
import { readRecorded } from "../../../agent/cli/recorded.ts";
import { loadConfig } from "../../../agent/config/load.ts";
import { buildDesired } from "../../../agent/desired/build.ts";
import { inputsOf, loadTemplate } from "../../../agent/inputs/inputs.ts";
import { hashText } from "../../../agent/machine.ts";
import { engines } from "../../../agent/render/engines.ts";
import { makeFile } from "../../../agent/stages.ts";
import { root } from "./files.ts";

/** What `render` prints for an example with recorded endpoints; every host name stands for itself. */
export async function renderExample(file: string, recorded: Readonly<Record<string, string>>): Promise<string> {
  const signal = AbortSignal.timeout(10_000);
  const { config } = await loadConfig({ file, env: {}, cwd: root, signal });
  const answers = Object.entries(recorded).map(([namespace, path]) => ({ namespace, file: join(root, path) }));
  const { value: desired } = buildDesired(await readRecorded(answers, config.namespaces), config.namespaces);
  const members = desired.vhosts.flatMap((vhost) => vhost.members);
  const leaders = desired.namespaces.flatMap((view) => view.leader ?? []);
  const addresses = new Map([...members, ...leaders].map(({ host }) => [host, host]));
  const settings = { shippedFolder: join(root, "templates"), engines, hash: hashText };
  const { configFile, template } = inputsOf(config, await loadTemplate(config, settings), hashText);
  const running = { version: "1.30.6", file: undefined };
  const world = { environment: {}, timeZone: "UTC", ipv6: false };
  return makeFile({ config, configFile, template, desired, addresses, running, world, hash: hashText, now: 0 }).file
    .text;
}
