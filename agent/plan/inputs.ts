import type { Backend, DesiredState, RenderedFile, RunningState, Step } from "../model.ts";
import type { ConfigShape } from "./shape.ts";

/** What the last proven apply was made from; undefined until there was one. */
export interface Applied {
  readonly desired: DesiredState;
  /** Of HAProxy and of NGINX Plus only. */
  readonly backends: readonly Backend[];
  /** Names what the hosts of members were resolved to. */
  readonly addresses: string;
  /** Name the inputs, so that a changed one can be told as a reason. */
  readonly template: string;
  readonly config: string;
}

/** What a running proxy refused. */
export interface Refused {
  readonly backends: readonly string[];
  readonly text: string;
}

/** Everything that a plan depends on. */
export interface PlanInputs {
  readonly file: RenderedFile;
  readonly running: RunningState;
  readonly wanted: Applied;
  readonly applied: Applied | undefined;
  /** `none`: the config file is somebody else's, the proxy is changed at run time only. */
  readonly reloads: "allowed" | "none";
  /** What the names of our servers begin with. */
  readonly serverPrefix: string;
  /** Backends that refused servers at run time, with the text that asked for them: a reload may do what steps cannot. */
  readonly refused: Refused | undefined;
  /** Takes a config apart. */
  readonly shapeOf: (text: string) => ConfigShape;
  /** The steps that went ahead: they were taken before `running` was asked for. */
  readonly taken?: readonly Step[];
}
