import { exposedHost, manyApps } from "../fake/exposed-app.ts";
import { type Figure, median } from "./figures.ts";
import { type HaproxyBench, openFloor, openHaproxyBench } from "./haproxy.ts";
import { type BareCli, serversIn } from "./haproxy-cli.ts";
import { until } from "./processes.ts";

/** Before those that count: until then V8 compiles, for our side and for the floor. An agent runs for weeks. */
const warmUpRounds = 25;
const rounds = 25;
const base = manyApps(1000, { hostsPerApp: 10 });

/** What the agent asks before it does something: is it the process that it knows? */
const question = ["show info"];
/** What a script has to ask that does not know what HAProxy has. */
const wholeLook = ["show info", "show backend", "show servers state"];

/**
 * One member comes and one goes in each of 500 of 1000 backends: from the snapshot, which is the controller's answer read,
 * until HAProxy has all in place. The floor is a HAProxy of its own and a bare script that knows the commands
 * beforehand, asks the same question on a connection that it has already, and sends the same lines in one write.
 */
export async function benchHaproxyChurn(haproxy: string): Promise<readonly Figure[]> {
  const bench = await openHaproxyBench({ haproxy, apps: appsAt(0), extra: ["event_refresh_interval_sec = 0.2"] });
  const floor = await openFloor(haproxy, bench);
  const watcher = await floor.connect();
  const seen = { ours: [] as number[], fromAnswer: [] as number[], bare: [] as number[], looking: [] as number[] };
  try {
    for (let turn = 1; turn <= warmUpRounds + rounds; turn++) {
      const { fromSnapshot, fromAnswer } = await agentRound(bench, turn);
      seen.ours.push(fromSnapshot);
      seen.fromAnswer.push(fromAnswer);
      seen.bare.push(await floorRound(2 * turn - 1, question));
      seen.looking.push(await floorRound(2 * turn, wholeLook));
    }
  } finally {
    watcher.close();
    await floor.stop();
    await bench.stop();
  }
  const warm = (all: readonly number[]) => median(all.slice(warmUpRounds));
  const cold = (all: readonly number[]) => median(all.slice(0, warmUpRounds));
  const beside = (name: string, left: number, right: number) =>
    console.log(`  (${name}: ${left.toFixed(1)} ms against ${right.toFixed(1)}, × ${(left / right).toFixed(2)})`);
  beside("while V8 compiles", cold(seen.ours), cold(seen.bare));
  beside("from the first byte of the answer", warm(seen.fromAnswer), warm(seen.bare));
  beside("against a floor that looks at all servers first", warm(seen.ours), warm(seen.looking));
  return [
    {
      name: "snapshot to 500 members added and 500 removed, 1000 × 10",
      unit: "ms",
      ours: warm(seen.ours),
      floor: warm(seen.bare),
      limit: 1.5,
      sense: "at-most",
    },
  ];

  async function floorRound(turn: number, questions: readonly string[]): Promise<number> {
    const commands = commandsAt(turn);
    const begun = performance.now();
    await floor.cli.send(...questions);
    const watched = whenInPlace(watcher, turn);
    const answers = await floor.cli.send(...commands);
    const ended = await watched;
    const refused = answers.find((answer) => !/^\s*$|^New server registered|^Server deleted/.test(answer));
    if (refused !== undefined) throw new Error(`the floor's HAProxy says: ${refused}`);
    return ended - begun;
  }
}

async function agentRound(bench: HaproxyBench, turn: number) {
  const { cluster } = bench;
  const applied = bench.applied();
  const { number = 0 } = cluster.requests().at(-1) ?? {};
  cluster.apps.replace(appsAt(turn));
  await cluster.waitFor(
    (all) => all.some((one) => one.number > number && one.call === "endpoints" && one.status === 200),
    { deadlineMs: 60_000 },
  );
  const begun = performance.now();
  const ended = await whenInPlace(bench.cli, turn);
  const endedAt = performance.timeOrigin + ended;
  await until(() => bench.applied() > applied, { what: "applied", withinMs: 60_000 });
  return { fromAnswer: ended - begun, fromSnapshot: endedAt - bench.snapshotAt() };
}

/**
 * The last backend is the last whose member goes: only that one is asked for until it is there, so that HAProxy is free
 * for the commands. That all others are there as well is looked at afterwards.
 */
async function whenInPlace(cli: BareCli, turn: number): Promise<number> {
  const wrong = async (backend: string) =>
    outOfPlace((await cli.send(`show servers state ${backend}`.trim()))[0] ?? "", turn);
  const last = base.at(-2)?.vhost ?? "";
  const isThere = async () => (await wrong(last)).length === 0;
  await until(isThere, { what: `servers of ${turn}`, withinMs: 30_000 }).catch(async (error: unknown) => {
    throw new Error(`out of place: ${(await wrong("")).slice(0, 5).join(", ")}`, { cause: error });
  });
  const ended = performance.now();
  const others = await wrong("");
  if (others.length > 0) throw new Error(`not in place after the last one: ${others.slice(0, 5).join(", ")}`);
  return ended;
}

/** Every second app loses its oldest instance and gets a new one. */
function appsAt(turn: number) {
  return base.map((app, index) => (index % 2 === 1 ? app : { ...app, hosts: hostsAt(index, turn) }));
}

function hostsAt(app: number, turn: number) {
  return Array.from({ length: 10 }, (_, instance) => hostAt(app, turn + instance));
}

function hostAt(app: number, generation: number) {
  return exposedHost(20_000 + generation, { host: `10.99.${app >> 8}.${app & 255}` });
}

function serverAt(app: number, generation: number): string {
  const { host, port } = hostAt(app, generation);
  return `server_${host}_${port}`;
}

function commandsAt(turn: number): readonly string[] {
  const changed = base.flatMap((app, index) => (index % 2 === 1 ? [] : [{ backend: app.vhost, index }]));
  const added = changed.flatMap(({ backend, index }) => {
    const { host, port } = hostAt(index, turn + 9);
    const name = `${backend}/${serverAt(index, turn + 9)}`;
    return [`add server ${name} ${host}:${port}`, `set server ${name} state ready`];
  });
  const leaving = changed.map(({ backend, index }) => `${backend}/${serverAt(index, turn - 1)}`);
  return [
    ...added,
    ...leaving.map((name) => `set server ${name} state maint`),
    ...leaving.map((name) => `del server ${name}`),
  ];
}

const indexOf = new Map(base.map((app, index) => [app.vhost, index]));

/** Which of the changed backends in this text do not have just what they should. */
function outOfPlace(text: string, turn: number): readonly string[] {
  const found = Map.groupBy(serversIn(text), (server) => server.backend);
  const changed = [...found].filter(([backend]) => (indexOf.get(backend) ?? 1) % 2 === 0);
  const wrong = changed.filter(([backend, servers]) => {
    const index = indexOf.get(backend) ?? 0;
    const wanted = new Set(Array.from({ length: 10 }, (_, instance) => serverAt(index, turn + instance)));
    return servers.length !== 10 || !servers.every((server) => server.serves && wanted.has(server.name));
  });
  return wrong.map(([backend, servers]) => `${backend}: ${servers.map((server) => server.name).join(" ")}`);
}
