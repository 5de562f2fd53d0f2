// HLS through hls.js. It rides over a server's restart by itself: playlists and segments are asked for again for about a minute,
// so that what is buffered plays on, and a playlist that comes back with later numbers is simply followed. Latency is the
// wall clock against EXT-X-PROGRAM-DATE-TIME (RFC 8216, 4.3.2.6) of the picture on the screen.
import Hls, { ErrorTypes, Events, type ErrorData, type HlsConfig, type LevelDetails, type RetryConfig } from "hls.js";
import type { StreamAddress } from "../stream_address";
import type { CreateEngine, Engine, EngineEvents } from "./engine";
import { once } from "./once";
import { quality, renditionOf, type Quality } from "./quality";

const media_mend_interval_ms = 10_000;

/** hls.js by itself gives up at once on 404 and on a refused connection, which is what a restarting server looks like. */
function retry(times: number): RetryConfig {
  return {
    maxNumRetry: times,
    retryDelayMs: 500,
    maxRetryDelayMs: 2500,
    backoff: "exponential",
    shouldRetry: (policy, count) => policy !== null && policy !== undefined && count < policy.maxNumRetry,
  };
}

function policy(first_byte_ms: number, times: number): HlsConfig["playlistLoadPolicy"] {
  return {
    default: {
      maxTimeToFirstByteMs: first_byte_ms,
      maxLoadTimeMs: 30_000,
      timeoutRetry: retry(times),
      errorRetry: retry(times),
    },
  };
}

const config: Partial<HlsConfig> = {
  enableWorker: false, // CMAF needs no repackaging, so there is no work to move to another thread
  backBufferLength: 30,
  abrEwmaDefaultEstimate: 3_000_000, // the first picture is a good one; a slow line is noticed with it
  maxLiveSyncPlaybackRate: 1.05,
  lowLatencyMode: true, // the distance from the end is what the playlist says, in parts or in segments
  manifestLoadPolicy: policy(8000, 0),
  playlistLoadPolicy: policy(8000, 25),
  fragLoadPolicy: policy(10_000, 25),
};

class HlsEngine implements Engine {
  readonly #hls = new Hls(config);
  readonly #video: HTMLVideoElement;
  readonly #events: EngineEvents;
  readonly #rates = new Map<string, number>();
  #details: LevelDetails | undefined;
  #mended_at = -Infinity;
  #preferred: string | undefined;

  constructor(video: HTMLVideoElement, address: StreamAddress, preferred: string | undefined, events: EngineEvents) {
    this.#video = video;
    this.#events = once(events);
    this.#preferred = preferred;
    this.#hls.on(Events.MANIFEST_PARSED, () => this.#startAtPreferred());
    this.#hls.on(Events.LEVEL_UPDATED, (_, data) => this.#follow(data.details));
    this.#hls.on(Events.FRAG_BUFFERED, (_, { frag, part, stats }) => {
      this.#measure(frag.type, (stats.total * 8) / (part ?? frag).duration);
    });
    this.#hls.on(Events.ERROR, (_, data) => data.fatal && this.#fail(data));
    video.addEventListener("ended", this.#onEnded);
    this.#hls.loadSource(address.hls);
    this.#hls.attachMedia(video);
  }

  patience(): number {
    return Math.max(10, 3 * (this.#details?.targetduration ?? 0));
  }

  latency(): number | undefined {
    const date = this.#hls.playingDate;
    const seconds = date === null ? 0 : (Date.now() - date.getTime()) / 1000;
    if (seconds > 0) return seconds;
    return this.#hls.latency > 0 ? this.#hls.latency : undefined; // a clock that is behind the server's says nothing
  }

  bitrate(): number | undefined {
    if (this.#rates.size === 0) return undefined;
    return [...this.#rates.values()].reduce((sum, rate) => sum + rate, 0);
  }

  behind(): number {
    const live = this.#hls.liveSyncPosition;
    const usual = this.#details?.targetduration ?? 0;
    return live === null ? 0 : Math.max(0, live - this.#video.currentTime - usual);
  }

  goLive(): void {
    const live = this.#hls.liveSyncPosition;
    if (live !== null && this.behind() > 0) this.#video.currentTime = live;
  }

  qualities(): readonly Quality[] {
    return this.#hls.levels
      .map(({ uri, height }) => quality(renditionOf(uri), height))
      .sort((a, b) => this.#heightOf(b.name) - this.#heightOf(a.name));
  }

  quality(): string | undefined {
    const level = this.#hls.levels[this.#hls.currentLevel];
    return level && renditionOf(level.uri);
  }

  prefer(name: string | undefined): boolean {
    this.#preferred = name;
    this.#hls.nextLevel = this.#levelOf(name);
    return true;
  }

  destroy(): void {
    this.#video.removeEventListener("ended", this.#onEnded);
    this.#hls.destroy();
  }

  readonly #onEnded = (): void => this.#events.onEnded();

  /** A playlist that is closed when it is first seen belongs to a stream that is over: there is nothing to join. */
  #follow(details: LevelDetails): void {
    if (this.#details === undefined && !details.live) {
      this.#hls.stopLoad();
      this.#events.onEnded();
    }
    this.#details = details;
  }

  #startAtPreferred(): void {
    const level = this.#levelOf(this.#preferred);
    if (level >= 0) this.#hls.currentLevel = level;
  }

  /** -1 is hls.js's own choice. */
  #levelOf(name: string | undefined): number {
    return name === undefined ? -1 : this.#hls.levels.findIndex(({ uri }) => renditionOf(uri) === name);
  }

  #heightOf(name: string): number {
    return this.#hls.levels[this.#levelOf(name)]?.height ?? 0;
  }

  #measure(type: string, rate: number): void {
    if (!Number.isFinite(rate)) return;
    const before = this.#rates.get(type);
    this.#rates.set(type, before === undefined ? rate : (before + rate) / 2);
  }

  #fail(data: ErrorData): void {
    const detail = data.details;
    if (data.type === ErrorTypes.NETWORK_ERROR) {
      this.#events.onLost(data.response?.code === 404 ? "not_found" : "network", detail);
    } else if (data.type === ErrorTypes.MEDIA_ERROR && performance.now() - this.#mended_at > media_mend_interval_ms) {
      this.#mended_at = performance.now();
      this.#hls.recoverMediaError();
    } else {
      this.#events.onLost("media", detail);
    }
  }
}

export const createHlsEngine: CreateEngine = (video, address, preferred, events) => new HlsEngine(video, address, preferred, events);
