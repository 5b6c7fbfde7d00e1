import { readFile, rename, writeFile } from "node:fs/promises";
import { eventually } from "../../image/support/eventually.ts";
import type { Random } from "../random.ts";
import { pause, type Step } from "../step.ts";
import type { World } from "../world.ts";
import { changeSomething } from "./apps.ts";

const hasOwnDisk = ({ disk }: World) => disk.isOwn;

/** Files are edited badly and well, disks fill up, names do not resolve. */
export const fileSteps: readonly Step[] = [
  { kind: "files: the template is edited", weight: 3, run: templateEdited },
  { kind: "files: the template is broken", weight: 3, run: templateBroken },
  { kind: "files: the config is edited", weight: 3, run: configEdited },
  { kind: "files: the config is broken", weight: 3, run: configBroken },
  { kind: "disk: full", weight: 3, isPossible: hasOwnDisk, run: diskFull },
  { kind: "disk: the config's folder is read-only", weight: 3, isPossible: hasOwnDisk, run: readOnly },
  { kind: "names: none resolves", weight: 3, isPossible: ({ names }) => names.isOwn, run: namesFail },
];

/** In one step, as editors do it. */
async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

async function templateEdited({ template, proxy }: World, random: Random): Promise<string> {
  const comment = `# edit ${random.int(1_000_000)}\n`;
  if (random.chance(0.5)) await replaceFile(template.path, comment + template.shipped);
  else await writeFile(template.path, comment + template.shipped);
  const isRendered = async () => (await readFile(proxy.configFile, "utf8")).includes(comment);
  await eventually(`the edit is in ${proxy.configFile}`, isRendered);
  return comment.trim();
}

const brokenTemplates = [
  "<%= it.undefinedThing.pass %>",
  "<% if (true) { %>",
  "this is no configuration of any proxy\n",
  "",
];

async function templateBroken(world: World, random: Random): Promise<string> {
  const { template } = world;
  const broken = random.pick(brokenTemplates);
  await replaceFile(template.path, broken);
  if (random.chance(0.3)) await pause(random, [0, 2000]);
  const change = await changeSomething(world, random);
  // The apps go on to be followed with the last good template.
  await world.inStep("complaining");
  await replaceFile(template.path, template.shipped);
  return `${JSON.stringify(broken)}; ${change}`;
}

async function configEdited(world: World, random: Random): Promise<string> {
  const settings = random.pick([
    { xproxy: `edited-${random.int(1000)}` },
    { event_refresh_interval_sec: random.pick([0.2, 0.5]) },
    { loglevel: random.pick(["debug", "warn"]) },
    { drain_timeout_sec: random.between(5, 20) },
    {},
  ]);
  await world.configure(settings);
  return JSON.stringify(settings);
}

const brokenConfigs = ["]]] not TOML", 'port = "a port"\n', "", "namespaces = 7\n"];

async function configBroken(world: World, random: Random): Promise<string> {
  const { toml } = world.gateway.files;
  const good = await readFile(toml, "utf8");
  const broken = random.pick(brokenConfigs);
  await replaceFile(toml, broken);
  const change = await changeSomething(world, random);
  await world.inStep("complaining");
  await replaceFile(toml, good);
  return `${JSON.stringify(broken)}; ${change}`;
}

async function diskFull(world: World, random: Random): Promise<string> {
  await world.disk.fill();
  const change = await changeSomething(world, random);
  await pause(random, [1000, 5000]);
  await world.disk.free();
  return change;
}

async function readOnly(world: World, random: Random): Promise<string> {
  const { disk, proxy, gateway } = world;
  // An edit of the step before may only just have the proxy reloaded, and a HAProxy whose sockets' folder becomes
  // read-only in the midst of that ends, whoever asked for it. The agent asks for none once the folder is.
  await gateway.turned();
  disk.forbid(proxy.configFolder);
  const change = await changeSomething(world, random);
  await pause(random, [1000, 5000]);
  disk.allow(proxy.configFolder);
  return change;
}

async function namesFail(world: World, random: Random): Promise<string> {
  await world.names.fail();
  const change = await changeSomething(world, random);
  await pause(random, [1000, 7000]);
  await world.names.mend();
  return change;
}
