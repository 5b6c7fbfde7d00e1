import assert from "node:assert/strict";
import { test } from "node:test";
import { describeDuration, parseDuration } from "../../../agent/duration.ts";

test("times are read as operators write them", () => {
  const cases = { "90s": 90_000, "30m": 1_800_000, "2h": 7_200_000, "1d": 86_400_000, "1h30m": 5_400_000 };
  for (const [text, ms] of Object.entries(cases)) assert.equal(parseDuration(text), ms, text);
});

test("what is no time, or none at all, is refused", () => {
  for (const text of ["", "2", "h", "2 h", "-2h", "2h ", "0s", "1w", "1.5h", "9999999s", "1s1s1s1s1s"])
    assert.equal(parseDuration(text), undefined, text);
});

test("times are shown in their two greatest units", () => {
  const cases = [
    [0, "0 s"],
    [999, "1 s"],
    [90_000, "1 min 30 s"],
    [3_600_000, "1 h"],
    [5_400_000, "1 h 30 min"],
    [90_061_000, "1 d 1 h"],
    [-5, "0 s"],
  ] as const;
  for (const [ms, text] of cases) assert.equal(describeDuration(ms), text);
});
