// Keeps one stream on one video element for as long as the page is open: joins, notices a standstill, gives up an attempt and
// makes the next one, until the stream is there again. It owns the engine and the stream watch; the page reads `snapshot`.
import type { Stream } from "../api/streams";
import type { StreamAddress } from "../stream_address";
import { Attempts } from "./attempts";
import type { Engine, EngineName, Loss } from "./engine";
import { loadEngine } from "./load_engine";
import { mayPlay, pageState, shouldMove, type Link, type PageState } from "./page_state";
import { Progress } from "./progress";
import { StreamWatch } from "./stream_watch";
import type { Quality } from "./quality";
import { playAloud } from "./sound";

const tick_ms = 250;
const calm_poll_ms = 5000;
const eager_poll_ms = 1500;
const steady_ms = 5000;

export interface Snapshot {
  readonly state: PageState;
  readonly engine: EngineName;
  readonly moving: boolean;
  readonly paused: boolean;
  readonly blocked: boolean;
  readonly latency: number | undefined;
  readonly behind: number;
  readonly bitrate: number | undefined;
  readonly stalls: number;
  readonly attempts: number;
  readonly last_error: string;
  readonly stream: Stream | undefined;
  readonly qualities: readonly Quality[];
  readonly quality: string | undefined;
  readonly preferred: string | undefined;
}

export class Playback {
  readonly #video: HTMLVideoElement;
  readonly #address: StreamAddress;
  readonly #changed: () => void;
  readonly #watch: StreamWatch;
  readonly #attempts = new Attempts();
  readonly #progress = new Progress();
  #engine: Engine | undefined;
  #engine_name: EngineName;
  #preferred: string | undefined;
  #link: Link = "idle";
  #loss: Loss | undefined;
  #last_error = "";
  #state: PageState = "connecting";
  #still_for_a_reason_until = -Infinity;
  #paused = false;
  #blocked = false;
  #on_air = false;
  #timer: number | undefined;

  /** `changed` is called after every tick and whenever something happened in between. */
  constructor(video: HTMLVideoElement, address: StreamAddress, engine: EngineName, changed: () => void) {
    this.#video = video;
    this.#address = address;
    this.#engine_name = engine;
    this.#changed = changed;
    this.#watch = new StreamWatch(
      address.id,
      () => (this.#progress.moving ? calm_poll_ms : eager_poll_ms),
      () => this.#onReport(),
    );
  }

  start(): void {
    this.#watch.refresh();
    this.#timer = window.setInterval(() => this.#tick(), tick_ms);
    document.addEventListener("visibilitychange", this.#onVisible);
    this.#video.addEventListener("pause", this.#onPause);
    this.#video.addEventListener("play", this.#onPlay);
    this.#tick();
  }

  stop(): void {
    window.clearInterval(this.#timer);
    document.removeEventListener("visibilitychange", this.#onVisible);
    this.#video.removeEventListener("pause", this.#onPause);
    this.#video.removeEventListener("play", this.#onPlay);
    this.#watch.stop();
    this.#drop("idle");
  }

  snapshot(): Snapshot {
    const { report } = this.#watch;
    const stream = report.kind === "known" ? report.stream : undefined;
    const shown = this.#progress.moving || this.#paused;
    return {
      state: this.#state,
      engine: this.#engine_name,
      moving: this.#progress.moving,
      paused: this.#paused,
      blocked: this.#blocked,
      latency: shown ? this.#engine?.latency() : undefined,
      behind: shown ? (this.#engine?.behind() ?? 0) : 0,
      bitrate: this.#engine?.bitrate(),
      stalls: this.#progress.stalls,
      attempts: this.#attempts.count,
      last_error: this.#last_error,
      stream,
      qualities: this.#engine?.qualities(stream) ?? [],
      quality: this.#engine?.quality(),
      preferred: this.#preferred,
    };
  }

  choose(engine: EngineName): void {
    if (engine === this.#engine_name) return;
    this.#engine_name = engine;
    this.#drop("idle");
    this.#attempts.hurry();
    this.#tick();
  }

  /** `undefined` leaves the choice to the player. */
  prefer(quality: string | undefined): void {
    this.#preferred = quality;
    if (this.#engine?.prefer(quality) === false) {
      this.#drop("idle");
      this.#attempts.hurry();
    }
    this.#tick();
  }

  /** An endless response would pile up while nobody watches, so it is let go; a playlist waits for the viewer by itself. */
  pause(): void {
    this.#paused = true;
    this.#video.pause();
    this.#progress.restart();
    if (this.#engine_name === "flv") this.#drop("idle");
    this.#settle();
  }

  resume(): void {
    this.#paused = false;
    this.#attempts.hurry();
    this.#progress.restart();
    this.goLive();
    if (this.#engine !== undefined) void this.#play();
    this.#tick();
  }

  goLive(): void {
    this.#engine?.goLive();
  }

  /** The word that the stream is there cuts the wait for the next attempt short. */
  #onReport(): void {
    const { report } = this.#watch;
    const on_air = report.kind === "known" && mayPlay(report);
    if (on_air && !this.#on_air) this.#attempts.hurry();
    this.#on_air = on_air;
    this.#settle();
  }

  readonly #onVisible = (): void => {
    if (document.hidden) return;
    this.#progress.restart();
    if (!this.#paused && this.#engine !== undefined && this.#video.paused) this.resume();
  };

  /** The keyboard's media keys and the system pause and play the element past this page's buttons. */
  readonly #onPause = (): void => {
    if (!this.#paused && !document.hidden && !this.#video.ended && this.#video.readyState > 0) this.pause();
  };

  readonly #onPlay = (): void => {
    if (this.#paused) this.resume();
  };

  #tick(): void {
    const now = performance.now();
    const idle = this.#paused || document.hidden;
    this.#progress.observe(this.#video.currentTime, now, idle || this.#link !== "joined");
    if (this.#progress.moving && this.#link === "joining") this.#link = "joined";
    if (this.#progress.movingFor(now) > steady_ms) this.#attempts.succeed();
    if (!idle && this.#isStuck(now)) this.#lose("media", "the picture stood still");
    if (!this.#paused && !this.#isOn() && this.#attempts.isDue(now, this.#watch.report)) void this.#join();
    if (!this.#paused && this.#wasSetBack()) void this.#play();
    this.#settle();
  }

  /** An engine that mends itself by attaching anew leaves the element paused. */
  #wasSetBack(): boolean {
    const { paused, ended, readyState } = this.#video;
    return this.#isOn() && !this.#blocked && paused && !ended && readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
  }

  #isOn(): boolean {
    return this.#link === "joining" || this.#link === "joined";
  }

  #isStuck(now: number): boolean {
    if (!shouldMove(this.#watch.report)) this.#still_for_a_reason_until = now;
    if (this.#engine === undefined || this.#blocked || !this.#isOn()) return false;
    const still = Math.min(this.#progress.stillFor(now), now - this.#still_for_a_reason_until);
    return still > this.#engine.patience() * 1000;
  }

  async #join(): Promise<void> {
    this.#drop("joining");
    const attempt = this.#attempts.begin();
    const current = (): boolean => attempt === this.#attempts.count && this.#link !== "idle";
    try {
      const create = await loadEngine(this.#engine_name);
      if (!current()) return;
      this.#engine = create(this.#video, this.#address, this.#preferred, {
        onEnded: () => current() && this.#end(),
        onLost: (loss, detail) => current() && this.#lose(loss, detail),
      });
    } catch (error) {
      if (current()) this.#lose("network", String(error));
      return;
    }
    await this.#play();
  }

  async #play(): Promise<void> {
    this.#blocked = (await playAloud(this.#video)) === "blocked";
    this.#settle();
  }

  #lose(loss: Loss, detail: string): void {
    this.#link = "lost";
    this.#loss = loss;
    this.#last_error = detail;
    this.#afterLoss();
  }

  #end(): void {
    this.#link = "ended";
    this.#afterLoss();
  }

  #afterLoss(): void {
    this.#attempts.lose(performance.now());
    this.#watch.refresh();
    this.#settle();
  }

  #drop(link: Link): void {
    this.#engine?.destroy();
    this.#engine = undefined;
    this.#link = link;
    this.#progress.restart();
  }

  #settle(): void {
    this.#state = pageState({
      link: this.#link,
      loss: this.#loss,
      moving: this.#progress.moving,
      paused: this.#paused,
      report: this.#watch.report,
      before: this.#state,
    });
    this.#changed();
  }
}
