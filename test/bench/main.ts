/*
 * npm run bench [-- NAME...]      names: render go-template rest memory flat history convergence load throughput start
 *                                 haproxy-add haproxy-churn haproxy-rest haproxy-load haproxy-drain
 *                                 nginx-dns-change nginx-dns-rest nginx-dns-load nginx-dns-websockets
 *                                 controllers nginx-plus
 *
 * `haproxy` and `nginx-dns` stand for all names that begin so.
 *
 * Each figure stands beside its floor in the same run; only ratios mean something on another machine. `--nginx PATH`
 * takes another nginx than the one on the PATH (for nginx-dns: than 1.30 of Debian forky), `--haproxy PATH` another HAProxy
 * than 3.2 of Debian forky; `--seconds N` makes haproxy-load and nginx-dns-load shorter.
 */
import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { newestNginx } from "../real/support/newest-nginx.ts";
import { benchControllers } from "./controllers.ts";
import { benchConvergence } from "./convergence.ts";
import { describeFigure, type Figure, holds } from "./figures.ts";
import { benchGoTemplate } from "./go-template.ts";
import { defaultHaproxy } from "./haproxy.ts";
import { benchHaproxyAdd } from "./haproxy-add.ts";
import { benchHaproxyChurn } from "./haproxy-churn.ts";
import { benchHaproxyDrain } from "./haproxy-drain.ts";
import { benchHaproxyLoad } from "./haproxy-load.ts";
import { benchHaproxyRest } from "./haproxy-rest.ts";
import { benchHistory } from "./history.ts";
import { benchLoad } from "./load.ts";
import { benchNginxDnsChange } from "./nginx-dns-change.ts";
import { benchNginxDnsLoad } from "./nginx-dns-load.ts";
import { benchNginxDnsRest } from "./nginx-dns-rest.ts";
import { benchNginxDnsWebSockets } from "./nginx-dns-websockets.ts";
import { benchNginxPlus } from "./nginx-plus.ts";
import { benchRender } from "./render.ts";
import { benchFlatMemory, benchMemory, benchRest } from "./rest.ts";
import { benchStart } from "./start.ts";
import { benchThroughput } from "./throughput.ts";

const argv = process.argv.slice(2);
const chosenNginx = option("--nginx");
const nginx = chosenNginx ?? "nginx";
const haproxy = option("--haproxy");
const seconds = option("--seconds") ?? "60";
const haproxyProgram = () => haproxy ?? defaultHaproxy();
const nginxThatAsks = () => chosenNginx ?? newestNginx();

const benches: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  render: benchRender,
  "go-template": benchGoTemplate,
  rest: () => benchRest(nginx),
  memory: () => benchMemory(nginx),
  convergence: async () => [
    ...(await benchConvergence(nginx, 10)),
    ...(await benchConvergence(nginx, 1000)),
    ...(await benchConvergence(nginx, 5000)),
  ],
  throughput: () => benchThroughput(nginx),
  load: () => benchLoad(),
  controllers: () => benchControllers(),
  start: () => benchStart(),
  flat: benchFlatMemory,
  history: benchHistory,
  "haproxy-add": async () => [
    ...(await benchHaproxyAdd(haproxyProgram(), 10)),
    ...(await benchHaproxyAdd(haproxyProgram(), 1000)),
  ],
  "haproxy-churn": () => benchHaproxyChurn(haproxyProgram()),
  "haproxy-rest": () => benchHaproxyRest(haproxyProgram()),
  "haproxy-load": () => benchHaproxyLoad(haproxyProgram(), Number(seconds)),
  "haproxy-drain": () => benchHaproxyDrain(haproxyProgram()),
  "nginx-dns-change": () => benchNginxDnsChange(nginxThatAsks()),
  "nginx-dns-rest": () => benchNginxDnsRest(nginxThatAsks()),
  "nginx-dns-load": () => benchNginxDnsLoad(nginxThatAsks(), Number(seconds)),
  "nginx-dns-websockets": () => benchNginxDnsWebSockets(nginxThatAsks()),
  "nginx-plus": () => benchNginxPlus(),
};

const known = Object.keys(benches);
const names = argv.length > 0 ? argv.flatMap(namesFor) : known;
process.env["PATH"] = `${process.env["PATH"]}:/usr/sbin`;
execFileSync("npm", ["run", "--silent", "build"], { stdio: ["ignore", "ignore", "inherit"] });
console.log(`${availableParallelism()} cores, Node ${process.version}`);
let missed = 0;
for (const name of names) {
  const bench = benches[name];
  if (bench === undefined) continue;
  console.log(`\n${name}`);
  for (const figure of await bench()) {
    console.log(describeFigure(figure));
    missed += Number(!holds(figure));
  }
}
process.exitCode = missed > 0 ? 1 : 0;

/** The bench of this name, or those whose names begin with it. */
function namesFor(name: string): readonly string[] {
  const found = known.includes(name) ? [name] : known.filter((one) => one.startsWith(`${name}-`));
  if (found.length === 0) throw new Error(`no bench ${name}; there are ${known.join(" ")}`);
  return found;
}

/** Takes an option and its value off the arguments. */
function option(name: string): string | undefined {
  const at = argv.indexOf(name);
  return at < 0 ? undefined : argv.splice(at, 2)[1];
}
