import type { Fuzz } from "./result.ts";
export const fuzzAnswers: Fuzz = async () => ({ generated: 0, details: {} });
