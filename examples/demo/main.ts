/*
 * The demo: a small Drove cluster in this process, real apps on loopback, a real nginx, and the real agent between them.
 * See README.md in this folder; `npm run demo` starts it.
 */
import { systemClock } from "../../agent/clock.ts";
import { messageOf } from "../../agent/errors.ts";
import { parseDemoArguments, usage } from "./arguments.ts";
import type { Fared } from "./change.ts";
import { startLoad } from "./load.ts";
import { play } from "./play.ts";
import { type Running, setUp } from "./set-up.ts";
import { hosts } from "./stage.ts";
import { allWell, type Result, summary } from "./tally.ts";
import { createTimeline, type Timeline } from "./timeline.ts";

const clock = systemClock();

void main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`demo: ${messageOf(error)}\n`);
    process.exit(1);
  },
);

async function main(argv: readonly string[]): Promise<number> {
  const command = parseDemoArguments(argv);
  if (command.name === "help") {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const timeline = createTimeline({
    write: (text) => void process.stdout.write(text),
    now: clock.monotonic,
    colours: process.stdout.isTTY && process.env["NO_COLOR"] === undefined,
  });
  timeline.plain("Drove Gateway on this machine: cluster, apps, nginx and agent. Ctrl-C ends it.\n");
  const quit = quitOnSignals();
  const ends: (() => Promise<void> | void)[] = [];
  try {
    const running = await setUp({ timeline, clock, signal: quit, onEnd: (end) => ends.push(end) });
    const result = await show(running, { forMs: command.forMs, quit });
    for (const line of summary(result)) timeline.plain(line);
    return allWell(result) ? 0 : 1;
  } catch (error) {
    if (!quit.aborted) throw error;
    timeline.plain("stopped before there was anything to see");
    return 1;
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

/** Plays under load until told to stop. */
async function show(
  running: Running,
  { forMs, quit }: { readonly forMs: number | undefined; readonly quit: AbortSignal },
): Promise<Result> {
  const { timeline } = running.stage;
  sayWhatToTry(timeline, running);
  const onFailure = (text: string) => timeline.tell({ kind: "failed", text });
  const load = startLoad({ hosts: [hosts.shop, hosts.blog], port: running.ports.proxy, clock, onFailure });
  const changes: Fared[] = [];
  const stop = forMs === undefined ? quit : AbortSignal.any([quit, AbortSignal.timeout(forMs)]);
  const broken = await play(running, { load, stop, quit, onFared: (one) => changes.push(one) }).then(
    () => undefined,
    (error: unknown) => (quit.aborted ? undefined : messageOf(error)),
  );
  await load.stop();
  timeline.plain();
  return { changes, ...load.counts(), broken };
}

function sayWhatToTry(timeline: Timeline, { ports, folder }: Running): void {
  const api = `http://127.0.0.1:${ports.api}`;
  timeline.plain(`
Try it, in another terminal:
  curl -i http://${hosts.shop}:${ports.proxy}/          an app, through nginx
  curl -i http://${hosts.mail}:${ports.proxy}/          503 with Retry-After while it has no instance
  curl ${api}/v1/health        how everything is
  curl ${api}/v1/metrics       for Prometheus
  ${api}/ui                    all of it, in a browser
  npm start --silent -- explain -f ${folder}/gateway.toml shop
  editor ${folder}/templates/nginx.conf.eta
      the template: what you save is served at once, or refused with the line and the reason, and nothing changes
  less ${folder}/nginx.conf

Requests for shop and blog run all the time. In the right column: "applied" from the agent's wake-up until nginx
provably serves it, "served" from the controller's answer until a client's first response that shows it.
`);
}

/** SIGINT, SIGTERM, and a reader of our output that went away (`| head`) end the demo in good order. */
function quitOnSignals(): AbortSignal {
  const quit = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => quit.abort());
  process.stdout.on("error", () => quit.abort());
  return quit.signal;
}
