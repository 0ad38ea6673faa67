// Parses expressions by Prometheus' own grammar. Standard input: a JSON array of texts. Prints one JSON array: of each expression,
// {"wrong": whether it has an error, "selectors": [the series that it selects, without a range]}.
import { readFileSync } from "node:fs";
import { parser } from "@prometheus-io/lezer-promql";

const judged = JSON.parse(readFileSync(0, "utf8")).map((expression) => {
  const answer = { wrong: expression.trim() === "", selectors: [] };
  parser.parse(expression).iterate({
    enter: (node) => {
      answer.wrong ||= node.type.isError;
      if (node.name === "VectorSelector") answer.selectors.push(expression.slice(node.from, node.to));
    },
  });
  return answer;
});
console.log(JSON.stringify(judged));
