import { fuzzAnswers } from "./answers.ts";
import { fuzzHaproxyValues } from "./haproxy-values.ts";
import { fuzzNames } from "./names.ts";
import { fuzzNginxValues } from "./nginx-values.ts";
import type { Fuzz } from "./result.ts";

/** Each part, and how much of it a whole run does. */
export const parts: Readonly<Record<string, { readonly fuzz: Fuzz; readonly count: number }>> = {
  "nginx-values": { fuzz: fuzzNginxValues, count: 400_000 },
  "haproxy-values": { fuzz: fuzzHaproxyValues, count: 400_000 },
  names: { fuzz: fuzzNames, count: 400_000 },
  answers: { fuzz: fuzzAnswers, count: 200_000 },
};
