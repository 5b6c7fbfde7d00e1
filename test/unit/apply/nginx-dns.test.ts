import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { createNginxDnsDriver, type DnsSettings, type MemberResponder } from "../../../agent/apply/nginx-dns.ts";
import type { ApplyReport, Plan, ProxyDriver, Reason, RenderedFile, RunningState, Step } from "../../../agent/model.ts";
import { learnedForm, type Seed, seedMark, twinOf } from "../../../agent/seeds.ts";
import { fakeClock } from "../agent/fake-clock.ts";
import { fileAt } from "./folder.ts";

const signal = new AbortController().signal;
const generation = "0123456789abcdef";
const shop = "gw_shop.test.gateway.internal";
const cart = "gw_cart.test.gateway.internal";

/** A file whose shop has these instances, and whose cart has none; a reload is needed for another `fixed`. */
function fileWith(shops: readonly string[], { own = generation, fixed = "" } = {}): RenderedFile {
  const seeds = shops.map((address) => `  server ${address}:80; ${seedMark}\n`).join("");
  const text = `# ${own}${fixed}
upstream gw_shop.test {
  server ${shop} service=http resolve;
${seeds}}
upstream gw_cart.test {
  server ${cart} service=http resolve;
  server 127.0.0.1:6001; ${seedMark}
}
`;
  return fileAt("/etc/nginx.conf", text, { generation: own });
}

/** nginx and the disk: what it serves changes by reloads, the file by every apply. */
interface World {
  running: boolean;
  version: string | undefined;
  file: RenderedFile | undefined;
  /** The file that nginx runs with. */
  served: RenderedFile | undefined;
  /** Thrown by the next apply. */
  fails: Error | undefined;
  /** Awaited by a look, after the file was read. */
  looking: Promise<void> | undefined;
}

function addressesIn(zone: ReadonlyMap<string, readonly Seed[]>, name: string): string | undefined {
  return zone
    .get(name)
    ?.map((seed) => `${seed.address}:${seed.port}`)
    .join();
}

/** A responder that listens nowhere; tests ask in nginx's place. */
function fakeResponder() {
  const asked = new Map<string, number>();
  const state = {
    zone: new Map() as ReadonlyMap<string, readonly Seed[]>,
    /** Why it cannot listen. */
    taken: undefined as string | undefined,
    listened: [] as string[],
    closed: 0,
  };
  const responder: MemberResponder = {
    async listen({ host, port }) {
      state.listened.push(`${host}:${port}`);
      return state.taken;
    },
    tell(zone) {
      for (const name of [...state.zone.keys(), ...zone.keys()])
        if (addressesIn(state.zone, name) !== addressesIn(zone, name)) asked.delete(name);
      state.zone = zone;
    },
    asked: (name) => asked.get(name) ?? 0,
    forget: () => asked.clear(),
    async close() {
      state.closed += 1;
    },
  };
  const ask = (...names: readonly string[]) => {
    for (const name of names) if (state.zone.has(name)) asked.set(name, (asked.get(name) ?? 0) + 1);
  };
  return { responder, state, ask };
}

function started(changes: Partial<World> = {}, settings: Partial<DnsSettings> = {}) {
  const world: World = {
    running: true,
    version: "1.30.6",
    file: undefined,
    served: undefined,
    fails: undefined,
    looking: undefined,
    ...changes,
  };
  const applied: { readonly kind: Plan["kind"]; readonly text: string; readonly generation: string }[] = [];
  const nginx: ProxyDriver = {
    name: "nginx",
    async observe(): Promise<RunningState> {
      const { running, version, file, served } = world;
      const servedGeneration = running ? served?.generation : undefined;
      await world.looking;
      return { running, startable: false, version, servedGeneration, file, unproven: false, oldWorkers: 0 };
    },
    check: async () => undefined,
    async apply({ kind, file }): Promise<ApplyReport> {
      if (world.fails !== undefined) throw world.fails;
      applied.push({ kind, text: file.text, generation: file.generation });
      world.file = file;
      if (kind === "reload" || kind === "start") world.served = file;
      return { generation: file.generation, proof: "generation", tookMs: { check: 1, reload: 2 }, failed: [] };
    },
    run: async () => undefined,
  };
  const clock = fakeClock();
  const dns = fakeResponder();
  const counts = { changes: 0 };
  const current: DnsSettings = {
    use: "if-possible",
    address: { host: "127.0.0.1", port: 6053 },
    unavailable: { host: "127.0.0.1", port: 6001 },
    obstacle: undefined,
    warmUpMs: 0,
    ...settings,
  };
  const driver = createNginxDnsDriver({
    settings: () => current,
    nginx,
    responder: dns.responder,
    clock,
    onChange: () => {
      counts.changes += 1;
    },
  });
  const observe = async () => await driver.observe(signal);
  const apply = async (plan: Plan) => await driver.apply(plan, signal);
  return { world, applied, clock, dns, counts, driver, observe, apply };
}

type Started = ReturnType<typeof started>;

/** Lets `driver.run` go on until the test is over. */
function run(t: TestContext, { driver, clock }: Started): AbortController {
  const stop = new AbortController();
  const done = driver.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await clock.advance(1000);
    await done;
  });
  return stop;
}

function planOf(file: RenderedFile, changes: Partial<Plan> = {}): Plan {
  return {
    kind: "reload",
    file,
    reasons: [],
    steps: [],
    check: "needed",
    writes: true,
    missingBackends: [],
    ...changes,
  };
}

const because = (code: Reason["code"]): Pick<Plan, "reasons"> => ({ reasons: [{ code, subjects: [], count: 0 }] });

function added(address: string): Step {
  const server = { name: `${address}:80`, host: address, address, port: 80, portType: "http", attributes: "" };
  return { kind: "add", backend: "gw_shop.test", server };
}

/** The plan for one more instance of the shop. */
const joins = (addresses: readonly string[]): Plan =>
  planOf(fileWith(addresses), {
    kind: "runtime",
    steps: [added(addresses.at(-1) ?? "")],
    ...because("members-changed"),
  });

/** An nginx that runs without seeds, beside an agent that has just started. */
function besideLearned(addresses: readonly string[], settings: Partial<DnsSettings> = {}): Started {
  const file = fileWith(addresses);
  return started({ file, served: { ...file, ...learnedForm(file.text, generation) } }, settings);
}

const addressesOf = (name: string, { dns }: Started) =>
  dns.state.zone.get(name)?.map((seed) => `${seed.address}:${seed.port}`);

test("nginx starts with seeds, learns its servers, and reloads once without seeds, which the file gets back", async (t) => {
  const gateway = started({ running: false });
  run(t, gateway);
  await gateway.observe();
  const file = fileWith(["10.0.0.1"]);
  await gateway.apply(planOf(file, { kind: "start", ...because("first-config") }));
  gateway.world.running = true;
  assert.deepEqual(gateway.applied, [{ kind: "start", text: file.text, generation }]);
  assert.equal((await gateway.observe()).runtime, undefined, "it has not asked yet");

  gateway.dns.ask(shop, cart);
  await gateway.clock.advance(1000);
  gateway.dns.ask(shop);
  await gateway.clock.advance(1000);
  assert.equal(gateway.counts.changes, 0, "it may lack addresses of the cart still");
  gateway.dns.ask(cart);
  await gateway.clock.advance(1000);
  assert.equal(gateway.counts.changes, 1);
  const state = await gateway.observe();
  assert.equal(state.runtime?.isLearned, true);
  assert.equal(state.servedGeneration, generation);

  const report = await gateway.apply(planOf(file, because("servers-learned")));
  const form = learnedForm(file.text, generation);
  assert.deepEqual(gateway.applied.slice(1), [
    { kind: "reload", ...form },
    { kind: "write", text: file.text, generation },
  ]);
  assert.equal(report.generation, generation);
  const after = await gateway.observe();
  assert.deepEqual([after.servedGeneration, after.runtime?.isLearned], [generation, undefined]);
});

test("that nginx has learned is told once, also where the reload has to wait", async (t) => {
  const file = fileWith(["10.0.0.1"]);
  const gateway = started({ file, served: file });
  run(t, gateway);
  await gateway.observe();
  for (const _ of ["once", "twice"]) gateway.dns.ask(shop, cart);
  await gateway.clock.advance(1000);
  assert.equal(gateway.counts.changes, 0, "workers of before may have asked");
  await gateway.clock.advance(1300);
  assert.equal(gateway.counts.changes, 1);
  for (const _ of ["held", "held still"]) {
    assert.equal((await gateway.observe()).runtime?.isLearned, true);
    await gateway.clock.advance(1000);
  }
  assert.equal(gateway.counts.changes, 1);
});

describe("beside an nginx that has learned", () => {
  test("a new agent changes nothing, and answers what the file says", async (t) => {
    const gateway = besideLearned(["10.0.0.1", "10.0.0.2"]);
    run(t, gateway);
    const state = await gateway.observe();
    await gateway.clock.advance(60_000);
    assert.equal(state.servedGeneration, generation);
    assert.deepEqual(state.notes, []);
    assert.equal(state.dnsFailure, undefined);
    assert.deepEqual([...(state.runtime?.names ?? [])], ["gw_shop.test", "gw_cart.test"]);
    assert.deepEqual(
      state.runtime?.servers.map((one) => `${one.backend} ${one.name} ${one.state}`),
      ["gw_shop.test 10.0.0.1:80 serving", "gw_shop.test 10.0.0.2:80 serving"],
    );
    assert.deepEqual([state.runtime?.outliveReloads, state.runtime?.isPartial], [true, true]);
    assert.deepEqual(addressesOf(shop, gateway), ["10.0.0.1:80", "10.0.0.2:80"]);
    assert.deepEqual(addressesOf(cart, gateway), ["127.0.0.1:6001"], "never empty");
    assert.deepEqual([gateway.applied, gateway.counts.changes], [[], 0]);
    assert.deepEqual(gateway.dns.state.listened, ["127.0.0.1:6053"]);
  });

  test("a look beside the loop's does not tell again what was told before the change", async () => {
    const gateway = besideLearned(["10.0.0.1"]);
    await gateway.observe();
    const { promise, resolve } = Promise.withResolvers<void>();
    gateway.world.looking = promise;
    const looking = gateway.observe();
    await gateway.clock.advance(0);
    const applying = gateway.apply(joins(["10.0.0.1", "10.0.0.2"]));
    await gateway.clock.advance(0);
    resolve();
    await looking;
    await gateway.clock.advance(0);
    gateway.dns.ask(shop, cart);
    await gateway.clock.advance(500);
    await applying;
    assert.deepEqual(addressesOf(shop, gateway), ["10.0.0.1:80", "10.0.0.2:80"]);
  });

  test("new instances are told, written, and waited for", async () => {
    const gateway = besideLearned(["10.0.0.1"]);
    await gateway.observe();
    gateway.dns.ask(shop, cart);
    const applying = gateway.apply(joins(["10.0.0.1", "10.0.0.2"]));
    await gateway.clock.advance(500);
    assert.deepEqual(addressesOf(shop, gateway), ["10.0.0.1:80", "10.0.0.2:80"]);
    const { text } = fileWith(["10.0.0.1", "10.0.0.2"]);
    assert.deepEqual(gateway.applied, [{ kind: "write", text, generation }]);
    const first = await Promise.race([applying, "not asked yet"]);
    assert.equal(first, "not asked yet");
    gateway.dns.ask(shop);
    await gateway.clock.advance(100);
    const { proof, failed, tookMs } = await applying;
    assert.deepEqual({ proof, failed, tookMs }, { proof: "runtime", failed: [], tookMs: { check: 0, reload: 510 } });
    const state = await gateway.observe();
    assert.deepEqual([state.unproven, state.servedGeneration, state.runtime?.servers.length], [false, generation, 2]);
  });

  test("a file that is right already is not written", async () => {
    const gateway = besideLearned(["10.0.0.1"]);
    await gateway.observe();
    const applying = gateway.apply({ ...joins(["10.0.0.1", "10.0.0.2"]), writes: false });
    await gateway.clock.advance(100);
    gateway.dns.ask(shop);
    await gateway.clock.advance(100);
    await applying;
    assert.deepEqual(gateway.applied, []);
  });

  test("nginx that does not ask has failed, is not trusted, and reloads with seeds", async () => {
    const gateway = besideLearned(["10.0.0.1"]);
    await gateway.observe();
    const applying = gateway.apply(joins(["10.0.0.1", "10.0.0.2"]));
    await gateway.clock.advance(5100);
    const { failed } = await applying;
    assert.deepEqual(
      failed.map(({ step, message }) => [step.backend, message]),
      [["gw_shop.test", "nginx has not asked for its servers within 5 s"]],
    );
    const state = await gateway.observe();
    assert.deepEqual([state.unproven, state.runtime], [true, undefined]);

    const file = fileWith(["10.0.0.1", "10.0.0.2"]);
    gateway.world.fails = new Error("refused");
    await assert.rejects(gateway.apply(planOf(file, because("unproven"))), /refused/);
    assert.equal((await gateway.observe()).unproven, true, "it still is not");
    gateway.world.fails = undefined;
    await gateway.apply(planOf(file, because("unproven")));
    assert.deepEqual(gateway.applied.at(-1), { kind: "reload", text: file.text, generation });
    const after = await gateway.observe();
    assert.deepEqual([after.unproven, after.runtime, after.servedGeneration], [false, undefined, generation]);
    gateway.dns.ask(shop, cart);
    gateway.dns.ask(shop, cart);
    assert.equal((await gateway.observe()).runtime, undefined, "workers of before may have asked");
    await gateway.clock.advance(2200);
    assert.equal((await gateway.observe()).runtime?.isLearned, true);
  });

  test("any other change reloads without seeds", async () => {
    const gateway = besideLearned(["10.0.0.1"]);
    await gateway.observe();
    const own = "00000000ffffffff";
    const file = fileWith(["10.0.0.1"], { own, fixed: " more" });
    const report = await gateway.apply(planOf(file, because("config-changed")));
    assert.deepEqual(
      gateway.applied.map((one) => `${one.kind} ${one.generation} ${one.text.includes(seedMark)}`),
      [`reload ${twinOf(own)} false`, `write ${own} true`],
    );
    assert.equal(report.generation, own);
  });

  test("an nginx that was started anew has its seeds, and learns again", async () => {
    const gateway = besideLearned(["10.0.0.1"]);
    await gateway.observe();
    for (const _ of ["once", "twice"]) gateway.dns.ask(shop, cart);
    gateway.world.served = gateway.world.file;
    const state = await gateway.observe();
    assert.equal(state.servedGeneration, generation);
    assert.equal(state.runtime, undefined, "who asked before was another one");
  });

  test("an agent that stops waiting says so, and closes what it has open", async (t) => {
    const gateway = besideLearned(["10.0.0.1"]);
    const stop = run(t, gateway);
    await gateway.observe();
    stop.abort();
    await gateway.clock.advance(1000);
    assert.equal(gateway.dns.state.closed, 1);
    const late = new AbortController();
    const applying = gateway.driver.apply(joins(["10.0.0.1", "10.0.0.2"]), late.signal);
    const failure = assert.rejects(applying, /stopped/);
    late.abort(new Error("stopped"));
    await gateway.clock.advance(100);
    await failure;
  });
});

describe("a step that goes ahead of the file", () => {
  /** Whether it went. */
  const goesAhead = async ({ driver }: Started, address = "10.0.0.3") => {
    const taken = await driver.moveAhead?.([[added(address)]], signal);
    if (taken?.length === 1) assert.deepEqual(taken, [added(address)]);
    return taken?.length === 1;
  };

  /** An nginx beside an agent that has brought one change to its end. */
  async function afterOne(): Promise<Started> {
    const gateway = besideLearned(["10.0.0.1"]);
    await gateway.observe();
    assert.equal(await goesAhead(gateway), false, "the file is not known to have all members");
    const applying = gateway.apply(joins(["10.0.0.1", "10.0.0.2"]));
    await gateway.clock.advance(100);
    gateway.dns.ask(shop);
    await gateway.clock.advance(100);
    await applying;
    return gateway;
  }

  test("is told at once, is there when nginx is looked at, and its file follows with the proof", async () => {
    const gateway = await afterOne();
    assert.equal(await goesAhead(gateway), true);
    const all = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
    const told = all.map((one) => `${one}:80`);
    assert.deepEqual(addressesOf(shop, gateway), told);
    assert.equal(gateway.applied.length, 1);
    const { runtime } = await gateway.observe();
    assert.deepEqual(
      runtime?.servers.map((one) => one.name),
      told,
    );
    assert.deepEqual(addressesOf(shop, gateway), told);
    gateway.dns.ask(shop);
    const applying = gateway.apply(planOf(fileWith(all), { kind: "runtime", taken: [added("10.0.0.3")] }));
    await gateway.clock.advance(100);
    assert.deepEqual((await applying).failed, []);
    assert.equal(gateway.world.file?.text, fileWith(all).text);
  });

  test("that nginx has not asked for has failed", async () => {
    const gateway = await afterOne();
    assert.equal(await goesAhead(gateway), true);
    await gateway.observe();
    const file = fileWith(["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
    const applying = gateway.apply(planOf(file, { kind: "runtime", taken: [added("10.0.0.3")] }));
    await gateway.clock.advance(5100);
    assert.deepEqual(
      (await applying).failed.map(({ step }) => step),
      [added("10.0.0.3")],
    );
    assert.equal(await goesAhead(gateway, "10.0.0.4"), false);
  });

  test("is taken back where the template leaves the member out, and is the last one", async () => {
    const gateway = await afterOne();
    assert.equal(await goesAhead(gateway), true);
    const applying = gateway.apply(
      planOf(fileWith(["10.0.0.1", "10.0.0.2"]), { kind: "runtime", taken: [added("10.0.0.3")] }),
    );
    await gateway.clock.advance(100);
    assert.deepEqual(addressesOf(shop, gateway), ["10.0.0.1:80", "10.0.0.2:80"]);
    gateway.dns.ask(shop);
    await gateway.clock.advance(100);
    await applying;
    assert.equal(await goesAhead(gateway, "10.0.0.4"), false);
  });

  test("is forgotten where somebody else has changed the file", async () => {
    const gateway = await afterOne();
    assert.equal(await goesAhead(gateway), true);
    gateway.world.file = fileWith(["10.0.0.9"]);
    await gateway.observe();
    assert.deepEqual(addressesOf(shop, gateway), ["10.0.0.9:80"]);
  });
});

test("where an agent was killed between the two forms, nginx keeps what it has until the seeds are back", async () => {
  const seeded = fileWith(["10.0.0.1"]);
  const learned = { ...seeded, ...learnedForm(seeded.text, generation) };
  const gateway = started({ file: learned, served: learned });
  const { runtime } = await gateway.observe();
  assert.deepEqual([runtime, addressesOf(shop, gateway)], [undefined, []], "nothing that nginx would take over");
  await gateway.apply(planOf(seeded));
  assert.deepEqual(addressesOf(shop, gateway), ["10.0.0.1:80"]);
  assert.equal(gateway.applied.at(-1)?.text, seeded.text);
});

test("new members warm up beside others, in steps, and are asked for all the same", async (t) => {
  const gateway = besideLearned(["10.0.0.1"], { warmUpMs: 10_000 });
  run(t, gateway);
  await gateway.observe();
  const applying = gateway.apply(joins(["10.0.0.1", "10.0.0.2"]));
  await gateway.clock.advance(100);
  const weights = () => gateway.dns.state.zone.get(shop)?.map((seed) => seed.weight);
  assert.deepEqual(weights(), [100, 10]);
  gateway.dns.ask(shop);
  await gateway.clock.advance(5000);
  assert.deepEqual((await applying).failed, []);
  const [, half = 0] = weights() ?? [];
  assert.ok(half > 50 && half < 60, `${half}`);
  await gateway.clock.advance(6000);
  assert.deepEqual(weights(), [1, 1]);
});

describe("where nginx cannot be told", () => {
  const cases: readonly (readonly [string, (about: Started) => void, Partial<DnsSettings>, RegExp])[] = [
    [
      "it is behind a wrapper",
      () => undefined,
      { obstacle: "nginx_cmd (docker) may run nginx elsewhere" },
      /nginx_cmd/,
    ],
    [
      "it is old",
      ({ world }) => Object.assign(world, { version: "1.27.2" }),
      {},
      /nginx 1\.27\.2 does not ask .*1\.27\.3/,
    ],
    ["it is older", ({ world }) => Object.assign(world, { version: "1.18" }), {}, /nginx 1\.18 does not ask/],
    ["its version is not known", ({ world }) => Object.assign(world, { version: undefined }), {}, /version of nginx/],
    [
      "the address is taken",
      ({ dns }) => Object.assign(dns.state, { taken: "bind EADDRINUSE 127.0.0.1:6053" }),
      {},
      /EADDRINUSE/,
    ],
  ];
  for (const [why, prepare, settings, reason] of cases) {
    test(`because ${why}, instances come and go by reloads`, async () => {
      const gateway = started({}, settings);
      prepare(gateway);
      const state = await gateway.observe();
      assert.match(state.dnsFailure ?? "", reason);
      assert.deepEqual(state.notes, [], "nobody insisted");
      assert.equal(state.runtime, undefined);
    });

    test(`because ${why}, who insists is told`, async () => {
      const gateway = started({}, { ...settings, use: "insisted" });
      prepare(gateway);
      const { notes = [] } = await gateway.observe();
      assert.deepEqual(
        notes.map(({ code, subject }) => [code, subject]),
        [["dns-not-possible", "nginx_upstream_updates"]],
      );
      assert.match(notes[0]?.message ?? "", reason);
      assert.match(notes[0]?.message ?? "", /^instances come and go by reloads: /);
    });
  }

  test("a wrapper's nginx is not listened for", async () => {
    const gateway = started({}, { obstacle: "a wrapper" });
    await gateway.observe();
    assert.deepEqual(gateway.dns.state.listened, []);
  });

  for (const version of ["1.27.3", "1.27.10", "1.28.0", "1.30.6", "2.0.0"])
    test(`nginx ${version} can`, async () => {
      const state = await started({ version }, { use: "insisted" }).observe();
      assert.deepEqual([state.dnsFailure, state.notes], [undefined, []]);
    });

  test("by wish, the driver of reloads does everything", async () => {
    const gateway = started({ file: fileWith(["10.0.0.1"]), served: fileWith(["10.0.0.1"]) }, { use: "never" });
    const state = await gateway.observe();
    assert.deepEqual([state.dnsFailure, state.notes, state.runtime], [undefined, undefined, undefined]);
    assert.deepEqual(gateway.dns.state.listened, []);
    await gateway.apply(planOf(fileWith(["10.0.0.2"])));
    assert.deepEqual(
      gateway.applied.map((one) => one.kind),
      ["reload"],
    );
  });

  test("a template that does not ask reloads as ever", async () => {
    const text = `# ${generation}\nupstream gw_shop.test { server 10.0.0.1:80; }\n`;
    const file = fileAt("/etc/nginx.conf", text, { generation });
    const gateway = started({ file, served: file });
    const state = await gateway.observe();
    assert.equal(state.runtime, undefined);
    await gateway.apply(planOf(file));
    assert.deepEqual(gateway.applied, [{ kind: "reload", text, generation }]);
    assert.deepEqual(state.notes, []);
    const insisted = await started({ file, served: file }, { use: "insisted" }).observe();
    assert.match(insisted.notes?.map((note) => note.message).join() ?? "", /template does not ask/);
    const empty = fileAt("/etc/nginx.conf", `# ${generation}\n`, { generation });
    const none = await started({ file: empty, served: empty }, { use: "insisted" }).observe();
    assert.deepEqual(none.notes, [], "there is nobody to ask for");
  });

  test("a template that does not tell its generation reloads as ever, and who insists is told", async () => {
    const silent = { file: fileWith(["10.0.0.1"]), served: undefined };
    const { runtime, notes } = await started(silent, { use: "insisted" }).observe();
    assert.equal(runtime, undefined);
    assert.match(notes?.map((note) => note.message).join() ?? "", /does not tell its generation/);
    assert.deepEqual((await started(silent).observe()).notes, []);
  });
});
