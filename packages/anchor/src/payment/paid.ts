// Submissions that are paid for one by one (digital-evidence.md, x402). A batch is frozen, its amount reserved and its
// authorization stored before anything is sent; the same bytes go out again until it is over. Per trail: the caps are too.
import type { CallFailure } from "../client/http.js";
import type { NetworkName } from "../client/networks.js";
import { type DrainedOutbox, lookUp } from "../drain/drained-outbox.js";
import { accepted, held, rejected, requeued } from "../drain/outcome.js";
import { BATCH, bodyOf, post, settle } from "../drain/submit.js";
import { credentialKey, type DrainDeps, type NetworkTarget, type Payment } from "../drain/target.js";
import type { Outbox } from "../outbox/outbox.js";
import type { StatementRow } from "../outbox/statement-row.js";
import { type PrivateKey, signerIdOf } from "../sign/sign.js";
import { CLOCK_SKEW_SECONDS, offersIn, secondsAhead, signPayment } from "./authorize.js";
import { checkPolicy, chooseOffer, OFFER_MESSAGES, type Offer, type PaymentPolicy, statementCap } from "./offer.js";
import { walletAddress } from "./wallet.js";

/**
 * Pays for submissions from a wallet, within what the operator allowed. Throws a TypeError for a policy that could never be safe.
 *
 * @public
 */
export class WalletPayment implements Payment {
  readonly #terms: Terms;
  /** `0x` and 40 lower-case hex digits. */
  readonly address: string;

  constructor(policy: PaymentPolicy, walletKey: PrivateKey) {
    checkPolicy(policy);
    this.#terms = { policy, walletKey };
    this.address = walletAddress(walletKey);
  }

  /** @internal */
  get credential(): string {
    return `${this.address} ${JSON.stringify(this.#terms.policy)}`;
  }

  /** @internal */
  check(network: NetworkName, outboxes: readonly Outbox[]): void {
    if (this.#terms.policy.environment !== network) throw new TypeError("payment: another environment's policy");
    const wallet = signerIdOf(this.#terms.walletKey);
    for (const outbox of outboxes) {
      if (outbox.rows({ last: 1 }).some((row) => row.submission.includes(wallet))) {
        throw new TypeError("walletKey: the signing key must not hold money");
      }
    }
  }

  /** @internal */
  isOpen(outbox: Outbox, target: NetworkTarget): boolean {
    return openPayment(outbox, target) !== undefined;
  }

  /** @internal */
  submit(
    part: DrainedOutbox,
    pending: readonly StatementRow[],
    target: NetworkTarget,
    deps: DrainDeps,
  ): Promise<CallFailure | undefined> {
    return submitPaid(part, pending, { ...target, terms: this.#terms }, deps);
  }
}

interface Terms {
  readonly policy: PaymentPolicy;
  readonly walletKey: PrivateKey;
}

type PaidTarget = NetworkTarget & { readonly terms: Terms };

interface PaymentRow {
  id: number;
  target: string;
  /** JSON list. */
  hashes: string;
  body: string;
  attempt: number;
  asset: string;
  amount: string;
  nonce: string;
  header: string;
  signedAt: number;
  /** Milliseconds. */
  validBefore: number;
  day: string;
  state: "reserved" | "settled" | "lapsed";
}

/** After this an authorization that was not used can be no more: clocks differ. */
const GRACE_MS = 60_000;

/** One batch of one trail. Undefined: settled, or nothing to do; else why it goes on later. */
async function submitPaid(
  part: DrainedOutbox,
  pending: readonly StatementRow[],
  target: PaidTarget,
  deps: DrainDeps,
): Promise<CallFailure | undefined> {
  const open = openPayment(part.outbox, target);
  if (open === undefined) {
    if (pending.length === 0) return undefined;
    const rows = pending.slice(0, BATCH);
    return reserveAndSend(part, rows, bodyOf(rows), undefined, target, deps);
  }
  const rows = (JSON.parse(open.hashes) as string[]).flatMap((hash) => part.outbox.byHash(hash) ?? []);
  const now = deps.clock();
  // Signed by a clock that has been set back since. It counts for nobody yet, and waiting for that time could take for ever.
  const ahead = now < open.signedAt - CLOCK_SKEW_SECONDS * 1000;
  const over = now >= open.validBefore || ahead;
  if (over && !ahead && now < open.validBefore + GRACE_MS) return later(part, "a payment runs out first");
  // Asked before anything is sent again: what the network has needs no second call.
  const absent: StatementRow[] = [];
  const found: StatementRow[] = [];
  for (const row of rows) {
    const is = await lookUp(part, target.client, row);
    if (is.is === "trouble") return stop(part, is.failure);
    (is.is === "ours" ? found : absent).push(row);
  }
  if (found.length === 0 && !over) return sendPaid(part, rows, open, target, deps);
  // All of it unknown: what was paid for was not taken. The amount stays counted as spent all the same.
  if (found.length === 0) return reserveAndSend(part, rows, open.body, open, target, deps);
  part.lease.write(() => setState(part.outbox, open, "settled"));
  for (const row of found) accepted(part, row, deps.clock());
  requeued(part, absent, null);
  return undefined;
}

async function reserveAndSend(
  part: DrainedOutbox,
  rows: readonly StatementRow[],
  body: string,
  before: PaymentRow | undefined,
  target: PaidTarget,
  deps: DrainDeps,
): Promise<CallFailure | undefined> {
  const asked = await post([part], target, rows, body);
  if (asked.ok) {
    // Taken without a payment.
    part.lease.write(() => before && setState(part.outbox, before, "lapsed"));
    return settle(
      rows.map((row) => ({ part, row })),
      asked.value,
      target,
      deps,
    );
  }
  if (asked.status !== 402) return refusedOrDown(part, rows, asked, target, deps);
  const ahead = secondsAhead(asked, deps.clock());
  if (ahead !== undefined && Math.abs(ahead) > CLOCK_SKEW_SECONDS) {
    const way = ahead > 0 ? "ahead of" : "behind";
    return later(part, `no payment is made: this clock is ${Math.abs(ahead)} s ${way} the network's; set it right`);
  }
  const chosen = chooseOffer(offersIn(asked), target.terms.policy, spentOn(part.outbox, dayOf(deps.clock())));
  if (!chosen.ok) {
    const message = `no payment is made: ${chosen.codes.map((code) => OFFER_MESSAGES[code]).join("; ")}`;
    // Tomorrow the day's cap is free again; everything else needs the operator.
    if (!chosen.codes.includes("offer-over-day-cap"))
      held(part, credentialKey(target), `${message}; see audit anchor status`);
    return later(part, message);
  }
  const reserved = reserve(part, rows, body, before, chosen.offer, target, deps);
  if (typeof reserved === "string") {
    const message = `no payment is made: ${OFFER_MESSAGES[reserved]}`;
    if (reserved !== "offer-over-day-cap") held(part, credentialKey(target), `${message}; see audit anchor status`);
    return later(part, message);
  }
  return sendPaid(part, rows, reserved, target, deps);
}

/** Amount, authorization and signature on disk in one transaction, the cap checked inside it. */
function reserve(
  part: DrainedOutbox,
  rows: readonly StatementRow[],
  body: string,
  before: PaymentRow | undefined,
  offer: Offer,
  target: PaidTarget,
  deps: DrainDeps,
): PaymentRow | "offer-over-day-cap" | "offer-over-statement-cap" {
  const { policy, walletKey } = target.terms;
  const now = deps.clock();
  const hashes = rows.map((row) => row.hash);
  // The same batch may come again after it was accepted and lost: an attempt's nonce is used once.
  const attempt = attemptsOf(part.outbox, hashes) + 1;
  const signed = signPayment(offer, { hashes, attempt, now }, policy, walletKey);
  return part.lease.write(
    () => {
      const { outbox } = part;
      if (spentOn(outbox, dayOf(now)) + BigInt(offer.amount) > BigInt(policy.maxPerDay)) return "offer-over-day-cap";
      const most = hashes.reduce((most, hash) => bigger(most, spentFor(outbox, hash)), 0n);
      if (most + BigInt(offer.amount) > statementCap(policy)) return "offer-over-statement-cap";
      if (before) setState(outbox, before, "lapsed");
      outbox.database
        .prepare(
          `INSERT INTO anchor_payments (target, hashes, body, attempt, asset, amount, nonce, header, signedAt, validBefore, day, state)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'reserved')`,
        )
        .run(
          target.network,
          JSON.stringify(hashes),
          body,
          attempt,
          offer.asset,
          offer.amount,
          signed.authorization.nonce,
          signed.header,
          now,
          signed.validBefore,
          dayOf(now),
        );
      for (const row of rows) outbox.update(row.hash, { state: "sent", sentAt: now });
      return openPayment(outbox, target)!;
    },
    { durable: true },
  );
}

async function sendPaid(
  part: DrainedOutbox,
  rows: readonly StatementRow[],
  open: PaymentRow,
  target: NetworkTarget,
  deps: DrainDeps,
): Promise<CallFailure | undefined> {
  const answer = await post([part], target, rows, open.body, open.header);
  if (!answer.ok) {
    if (answer.status === 402)
      return later(part, "the network does not take the payment; it is sent again until it runs out");
    const down = await refusedOrDown(part, rows, answer, target, deps);
    if (down === undefined) part.lease.write(() => setState(part.outbox, open, "settled"));
    return down;
  }
  const failure = await settle(
    rows.map((row) => ({ part, row })),
    answer.value,
    target,
    deps,
  );
  // Paid for: whatever is still open is looked up first when the authorization has run out.
  if (failure === undefined && !rows.some((row) => part.outbox.byHash(row.hash)?.state === "sent")) {
    part.lease.write(() => setState(part.outbox, open, "settled"));
  }
  return failure;
}

/** A refusal of the whole call holds its items once the network says that it has none of them. */
async function refusedOrDown(
  part: DrainedOutbox,
  rows: readonly StatementRow[],
  answer: CallFailure,
  target: NetworkTarget,
  deps: DrainDeps,
): Promise<CallFailure | undefined> {
  if (answer.kind === "status" && (answer.status === 401 || answer.status === 403)) {
    held(part, credentialKey(target), `the network refuses the wallet (${answer.message}); everything is kept`);
    return answer;
  }
  if (answer.kind !== "status" || ![400, 409, 413, 422].includes(answer.status ?? 0)) return stop(part, answer);
  for (const row of rows) {
    const is = await lookUp(part, target.client, row);
    if (is.is === "trouble") return stop(part, is.failure);
    if (is.is === "ours") accepted(part, row, deps.clock());
    else rejected(part, row, answer.message, deps.clock());
  }
  return undefined;
}

/** Everything ever authorized on a UTC day, whatever became of it. */
export function spentOn(outbox: Outbox, day: string): bigint {
  const rows = outbox.database.prepare("SELECT amount FROM anchor_payments WHERE day = ?").all(day) as {
    amount: string;
  }[];
  return rows.reduce((sum, row) => sum + BigInt(row.amount), 0n);
}

/** Everything ever authorized in payments that the statement was part of. */
function spentFor(outbox: Outbox, hash: string): bigint {
  const sql = "SELECT amount FROM anchor_payments WHERE instr(hashes, ?) > 0";
  const rows = outbox.database.prepare(sql).all(hash) as { amount: string }[];
  return rows.reduce((sum, row) => sum + BigInt(row.amount), 0n);
}

function bigger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function openPayment(outbox: Outbox, target: NetworkTarget): PaymentRow | undefined {
  const sql = "SELECT * FROM anchor_payments WHERE state = 'reserved' AND target = ? ORDER BY id DESC LIMIT 1";
  return outbox.database.prepare(sql).get(target.network) as PaymentRow | undefined;
}

function attemptsOf(outbox: Outbox, hashes: readonly string[]): number {
  const sql = "SELECT max(attempt) AS n FROM anchor_payments WHERE hashes = ?";
  return (outbox.database.prepare(sql).get(JSON.stringify(hashes)) as { n: number | null }).n ?? 0;
}

function setState(outbox: Outbox, row: PaymentRow, state: PaymentRow["state"]): void {
  outbox.database.prepare("UPDATE anchor_payments SET state = ? WHERE id = ?").run(state, row.id);
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function stop(part: DrainedOutbox, failure: CallFailure): CallFailure {
  part.stopped = true;
  return failure;
}

function later(part: DrainedOutbox, message: string): CallFailure {
  return stop(part, { ok: false, kind: "status", status: 402, message });
}
