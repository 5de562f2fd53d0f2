// Asks the server, again and again, what state one stream is in. The answer says what the player cannot know by itself: whether a
// still picture is a publisher's break, the end, or a stream that has not begun.
import { fetchStream, RequestError, type Stream } from "../api/streams";

export type Report =
  | { readonly kind: "unknown" } // no answer yet
  | { readonly kind: "known"; readonly stream: Stream; readonly asked_at: number }
  | { readonly kind: "absent"; readonly asked_at: number } // the server knows no such stream now
  | { readonly kind: "withheld" } // the server answers, but not this question: the player judges by itself
  | { readonly kind: "unreachable" };

export class StreamWatch {
  readonly #id: string;
  readonly #interval: () => number;
  readonly #changed: () => void;
  #report: Report = { kind: "unknown" };
  #timer: number | undefined;
  #asking = false;
  #again = false;

  /** `interval` says, before each pause, how many milliseconds it is to last. */
  constructor(id: string, interval: () => number, changed: () => void) {
    this.#id = id;
    this.#interval = interval;
    this.#changed = changed;
  }

  get report(): Report {
    return this.#report;
  }

  /** Asks now, and from now on until `stop`. A question that is already on its way is followed by another. */
  refresh(): void {
    window.clearTimeout(this.#timer);
    if (this.#asking) this.#again = true;
    else void this.#ask();
  }

  stop(): void {
    window.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    const asked_at = performance.now();
    try {
      this.#report = { kind: "known", stream: await fetchStream(this.#id), asked_at };
    } catch (error) {
      this.#report = reportOf(error, asked_at);
    }
    this.#asking = false;
    this.#changed();
    const pause = this.#again ? 0 : this.#interval() * (0.8 + 0.4 * Math.random());
    this.#again = false;
    this.#timer = window.setTimeout(() => void this.#ask(), pause);
  }
}

function reportOf(error: unknown, asked_at: number): Report {
  const status = error instanceof RequestError ? error.status : 0;
  if (status === 404) return { kind: "absent", asked_at };
  return status >= 400 && status < 500 ? { kind: "withheld" } : { kind: "unreachable" };
}
