import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { execa } from "execa";
import { eventually } from "../../image/support/eventually.ts";
import { freePorts } from "../../image/support/free-ports.ts";

/** One series of an answer. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface Prometheus {
  /** An instant query. Throws with Prometheus's words if it is not understood. */
  query(expression: string): Promise<readonly Sample[]>;
  /** Names of the alerts that are pending or firing. */
  alerts(): Promise<ReadonlySet<string>>;
}

/** The folder of Debian's prometheus and promtool. */
export async function prometheusFolder(): Promise<string> {
  const { stdout } = await execa("bash", [join(import.meta.dirname, "..", "..", "prometheus.sh")]);
  return stdout.trim();
}

/** A Prometheus that scrapes one gateway each second and evaluates these rules. It ends with the test. */
export async function startPrometheus(
  t: TestContext,
  { target, rules }: { readonly target: string; readonly rules: string },
): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), "prometheus-"));
  const [port = 0] = await freePorts(1);
  await writeFile(join(folder, "prometheus.yml"), configOf(target, rules));
  const child = spawn(
    join(await prometheusFolder(), "prometheus"),
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: "ignore" },
  );
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  const get = async (path: string) => await fetch(`http://127.0.0.1:${port}${path}`);
  await eventually("Prometheus is ready", async () => (await get("/-/ready").catch(() => undefined))?.ok === true);
  return {
    async query(expression) {
      const answer = (await (await get(`/api/v1/query?query=${encodeURIComponent(expression)}`)).json()) as QueryAnswer;
      if (answer.data === undefined) throw new Error(`${expression}: ${answer.error}`);
      return answer.data.result;
    },
    async alerts() {
      const answer = (await (await get("/api/v1/alerts")).json()) as AlertsAnswer;
      return new Set(answer.data.alerts.map((one) => one.labels.alertname));
    },
  };
}

interface QueryAnswer {
  readonly data?: { readonly result: readonly Sample[] };
  readonly error?: string;
}

interface AlertsAnswer {
  readonly data: { readonly alerts: readonly { readonly labels: { readonly alertname: string } }[] };
}

function configOf(target: string, rules: string): string {
  return `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [${JSON.stringify(rules)}]
scrape_configs:
  - job_name: drove-gateway
    metrics_path: /v1/metrics
    static_configs: [{ targets: [${JSON.stringify(target)}] }]
`;
}
