// Random tests take the same values in every run, so that a change fails for what it did. The long forms, which name how many they want
// (SEALTRAIL_RUNS, SEALTRAIL_REDTEAM and the like), take new ones each time.
import fc from "fast-check";

const isLong = Object.keys(process.env).some((name) =>
  /^SEALTRAIL_(?:RUNS|REDTEAM|FAULTS|KILLS|LIVES|CELLS)$/.test(name),
);
if (!isLong) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 20_261_128 });
