/*
 * The API of NGINX Plus over HTTP, as documented in nginx.org's ngx_http_api_module and its nginx_api.yaml (versions 6 to
 * 9), with what nginx-plus-go-client's tests, which run against a real one, and public transcripts show.
 *
 * Taken from those: paths, with and without a slash at the end; answers and statuses (DELETE of a server: 200 and the
 * servers that are left); `fields`; ids that count from 0 in each upstream and begin anew at a reload; defaults; equal
 * addresses are different servers; an upstream with a zone needs no server and lists none then; a PATCH is partial; `id`
 * in a body is an unknown parameter; the state file, and that changes without one are lost at a reload; the error bodies,
 * and that a full zone is status 500, other than documented.
 *
 * Could not be confirmed without a real one:
 * - the texts of errors, but for "upstream not found", "upstream memory exhausted" and those of UpstreamConfFormatError;
 *   the agent goes by codes only;
 * - that `drain: false` ends draining (the simulator does it unless `undrains` is false); that `drain` is printed only
 *   when it is true; that a draining server is draining still after a reload;
 * - when POST answers 409 EntryExists, which is documented (the simulator never does by itself);
 * - how times are printed: here in seconds, "1m" as "60s";
 * - what changing `backup`, or an address with a name but without resolver, says exactly;
 * - what `fields` with an empty value looks like for upstreams: here a list of names;
 * - whether the counters of a server (`active` included) start anew at a reload: here they do;
 * - names that nginx resolves itself (`parent`, `host`), `service`, and the queue are not simulated.
 */
import { createServer, type IncomingMessage } from "node:http";
import type { Answer } from "./answer.ts";
import { deliver } from "./deliver.ts";
import { distort, type Fault } from "./faults.ts";
import { listen } from "./listening.ts";
import { answerPlus } from "./plus-api.ts";
import { createUpstreams, type PlusUpstreams } from "./plus-upstreams.ts";

/** One request as the API saw it. */
export interface PlusCall {
  readonly method: string;
  /** Path and query, without `/api/VERSION`. */
  readonly path: string;
  readonly version: string;
  readonly body: string;
  /** Of the answer; undefined for one that a fault kept back. */
  status: number | undefined;
}

/** Which calls a fault strikes, default all, and how often, default always. */
export interface PlusFaultScope {
  readonly on?: (call: PlusCall) => boolean;
  readonly times?: number;
}

/** A running simulator. */
export interface FakePlus {
  /** For `nginxplusapiaddr`. */
  readonly address: string;
  readonly port: number;
  readonly upstreams: PlusUpstreams;
  /** Reads this config, or the one in use once more. */
  reload(config?: string): void;
  calls(): readonly PlusCall[];
  forgetCalls(): void;
  /** The most calls that were under way at once. */
  mostAtOnce(): number;
  fault(fault: Fault, scope?: PlusFaultScope): void;
  mend(): void;
  /** When the last call that was to change something was done, in ms of the machine's monotonic clock. */
  changedAt(): number;
  /** From now on changes are refused, as without `write=on`. */
  setWritable(writable: boolean): void;
  setVersions(versions: readonly number[]): void;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface FakePlusOptions {
  readonly config?: string;
  readonly host?: string;
  readonly port?: number;
  readonly versions?: readonly number[];
  /** How many servers fit into one upstream. */
  readonly limit?: number;
  /** False: what drains, drains until it is removed. */
  readonly undrains?: boolean;
}

/** Starts an API that serves this config. */
export async function startFakePlus(options: FakePlusOptions = {}): Promise<FakePlus> {
  const { host = "127.0.0.1", port = 0, limit = Number.POSITIVE_INFINITY } = options;
  const upstreams = createUpstreams({ limit, undrains: options.undrains ?? true });
  const state = {
    config: "",
    writable: true,
    versions: options.versions ?? [1, 2, 3, 4, 5, 6, 7, 8, 9],
    generation: 0,
  };
  const log = createCallLog();
  const faults = createFaults();
  const loadedAt = { text: "" };
  const reload = (config = state.config): void => {
    upstreams.load(config);
    loadedAt.text = new Date().toISOString();
    Object.assign(state, { config, generation: state.generation + 1 });
  };
  reload(options.config);
  const view = {
    upstreams,
    get versions() {
      return state.versions;
    },
    get writable() {
      return state.writable;
    },
    nginx: () => ({
      version: "1.29.3",
      build: "nginx-plus-r36",
      address: host,
      generation: state.generation,
      load_timestamp: loadedAt.text,
      timestamp: new Date().toISOString(),
      pid: process.pid,
      ppid: process.ppid,
    }),
  };
  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    response.on("error", () => undefined);
    void readBody(request).then((body) => {
      const question = { method: request.method ?? "GET", target: request.url ?? "/", body };
      const { call, end } = log.open(question);
      response.once("close", () => end(response.writableFinished ? response.statusCode : undefined));
      const fault = faults.next(call);
      // What hangs or is cut before an answer has not been done.
      const undone = fault?.kind === "hang" || fault?.kind === "reset" || fault?.kind === "status";
      const answer: Answer = undone
        ? { status: 200, headers: {}, body: Buffer.alloc(0) }
        : answerPlus(question, view, requestId(log.count()));
      if (!undone && question.method !== "GET") log.changed();
      return deliver(response, distort(answer, fault), gone.signal);
    });
  });
  server.keepAliveTimeout = 75_000;
  const listening = await listen(server, { host, port });
  return {
    address: `${host}:${listening.port}`,
    port: listening.port,
    upstreams,
    reload,
    calls: log.all,
    forgetCalls: log.forget,
    mostAtOnce: log.mostAtOnce,
    changedAt: log.changedAt,
    fault: faults.add,
    mend: faults.clear,
    setWritable(writable) {
      state.writable = writable;
    },
    setVersions(versions) {
      state.versions = versions;
    },
    stop: listening.stop,
    start: listening.start,
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function createCallLog() {
  const state = { calls: [] as PlusCall[], count: 0, open: 0, most: 0, changedAt: 0 };
  return {
    open({ method, target, body }: { readonly method: string; readonly target: string; readonly body: string }) {
      const [, version = "", path = ""] = /^\/api\/?(\d*)(.*)$/.exec(target) ?? [];
      const call: PlusCall = { method, version, path, body, status: undefined };
      state.calls.push(call);
      state.count += 1;
      state.open += 1;
      state.most = Math.max(state.most, state.open);
      const end = (status: number | undefined): void => {
        call.status = status;
        state.open -= 1;
      };
      return { call, end };
    },
    all: () => [...state.calls],
    count: () => state.count,
    forget() {
      state.calls = [];
      state.most = state.open;
    },
    mostAtOnce: () => state.most,
    changed() {
      state.changedAt = Number(process.hrtime.bigint()) / 1e6;
    },
    changedAt: () => state.changedAt,
  };
}

function createFaults() {
  const active: { readonly fault: Fault; readonly scope: PlusFaultScope; left: number }[] = [];
  return {
    add(fault: Fault, scope: PlusFaultScope = {}): void {
      active.push({ fault, scope, left: scope.times ?? Number.POSITIVE_INFINITY });
    },
    clear(): void {
      active.length = 0;
    },
    next(call: PlusCall): Fault | undefined {
      const found = active.find(({ scope, left }) => left > 0 && (scope.on?.(call) ?? true));
      if (found !== undefined) found.left -= 1;
      return found?.fault;
    },
  };
}

function requestId(count: number): string {
  return count.toString(16).padStart(32, "0");
}
