// Rows of a statement one at a time. On Node up to 22.13 an iterator does not keep its statement, which is then finalised
// under it by the garbage collector ("statement has been finalized"): here something does.
import type { SQLInputValue, StatementSync } from "node:sqlite";

const held = new Set<StatementSync>();

/** As `statement.iterate(...values)`, on any Node. `Row` is the caller's word for what the statement selects. The statement must not be used for anything else meanwhile. */
export function* eachRow<Row = Record<string, unknown>>(
  statement: StatementSync,
  ...values: SQLInputValue[]
): Generator<Row, void, undefined> {
  held.add(statement);
  try {
    yield* statement.iterate(...values) as Iterable<Row>;
  } finally {
    held.delete(statement);
  }
}
