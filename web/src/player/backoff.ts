// How long to wait before the next try: longer each time, up to a limit, and never the same for two viewers, so that those who
// lost one server together do not return to it together.

const first_ms = 500;
const most_ms = 5000;
const growth = 1.7;

export class Backoff {
  readonly #random: () => number;
  #tries = 0;

  /** `random` gives numbers from 0 up to 1. */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Milliseconds to wait now; the next answer is longer. */
  next(): number {
    const whole = Math.min(most_ms, first_ms * growth ** this.#tries);
    this.#tries += 1;
    return whole * (0.7 + 0.6 * this.#random());
  }

  reset(): void {
    this.#tries = 0;
  }
}
