// Judges lists of components by CycloneDX's own JSON schema, strictly: node judge.mjs FILE...
import {readFileSync} from "node:fs";
import {Spec, Validation} from "@cyclonedx/cyclonedx-library";

const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot5);
for (const path of process.argv.slice(2)) {
  const faults = await validator.validate(readFileSync(path, "utf8"));
  if (faults !== null) {
    console.error(`${path}: ${JSON.stringify(faults).slice(0, 2000)}`);
    process.exitCode = 1;
  }
}
