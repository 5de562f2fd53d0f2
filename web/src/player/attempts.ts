// When the next attempt to play may begin: not before the backoff is over, and not against the server's word that there is nothing
// to play.
import { Backoff } from "./backoff";
import { mayPlay } from "./page_state";
import type { Report } from "./stream_watch";

export class Attempts {
  readonly #backoff = new Backoff();
  #count = 0;
  #next_at = 0;
  #lost_at = -Infinity;

  /** The number of the attempt that is under way, or was last. */
  get count(): number {
    return this.#count;
  }

  /** After a loss only an answer that was asked for later counts: an older one may still call the stream running. */
  isDue(now: number, report: Report): boolean {
    const stale = report.kind === "known" && report.asked_at < this.#lost_at;
    return now >= this.#next_at && !stale && mayPlay(report);
  }

  begin(): number {
    this.#count += 1;
    return this.#count;
  }

  lose(now: number): void {
    this.#lost_at = now;
    this.#next_at = now + this.#backoff.next();
  }

  succeed(): void {
    this.#backoff.reset();
  }

  /** The viewer asked for it: no more waiting. */
  hurry(): void {
    this.#next_at = 0;
  }
}
