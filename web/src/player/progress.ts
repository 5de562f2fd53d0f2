// Whether the picture moves, judged by the video element's clock alone: the one thing that every engine and every browser tells
// truly.

const still_after_ms = 1000;

export class Progress {
  #position = Number.NaN;
  #moved_at: number | undefined;
  #still_since: number | undefined;
  #moving_since: number | undefined;
  #stalls = 0;

  get moving(): boolean {
    return this.#moving_since !== undefined;
  }

  /** How often the picture stopped that should have gone on. */
  get stalls(): number {
    return this.#stalls;
  }

  movingFor(now: number): number {
    return this.#moving_since === undefined ? 0 : now - this.#moving_since;
  }

  stillFor(now: number): number {
    return this.#still_since === undefined ? 0 : now - this.#still_since;
  }

  /** Takes the position at `now` (milliseconds). A picture that stops while `excused` is no stall. */
  observe(position: number, now: number, excused: boolean): void {
    const moved = position > 0 && position !== this.#position && !Number.isNaN(this.#position);
    this.#position = position;
    if (moved) {
      this.#moved_at = now;
      this.#moving_since ??= now;
      this.#still_since = undefined;
      return;
    }
    this.#still_since ??= now;
    const stopped = this.moving && now - (this.#moved_at ?? now) > still_after_ms;
    if (!stopped) return;
    this.#moving_since = undefined;
    if (!excused) this.#stalls += 1;
  }

  /** Begins anew, after a pause or for a new attempt: what was seen before says nothing about what comes. */
  restart(): void {
    this.#position = Number.NaN;
    this.#moved_at = undefined;
    this.#still_since = undefined;
    this.#moving_since = undefined;
  }
}
