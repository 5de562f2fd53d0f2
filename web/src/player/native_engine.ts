// The browser's own HLS, for those that play it and let no script feed the video element. Latency comes from the date that the
// browser reads out of EXT-X-PROGRAM-DATE-TIME.
import type { StreamAddress } from "../stream_address";
import type { CreateEngine, Engine, EngineEvents } from "./engine";
import { once } from "./once";

/** Where browsers that play HLS themselves put the date of position zero. */
interface DatedVideo extends HTMLVideoElement {
  getStartDate?(): Date;
}

class NativeEngine implements Engine {
  readonly #video: DatedVideo;
  readonly #listening = new AbortController();

  constructor(video: HTMLVideoElement, address: StreamAddress, events: EngineEvents) {
    this.#video = video;
    const tell = once(events);
    const { signal } = this.#listening;
    video.addEventListener("ended", () => tell.onEnded(), { signal });
    video.addEventListener(
      "error",
      () => {
        const unplayable = video.error?.code === MediaError.MEDIA_ERR_DECODE;
        tell.onLost(unplayable ? "media" : "network", video.error?.message ?? "");
      },
      { signal },
    );
    video.src = address.hls;
    video.load();
  }

  patience(): number {
    return 20;
  }

  latency(): number | undefined {
    const start = this.#video.getStartDate?.().getTime() ?? Number.NaN;
    const seconds = (Date.now() - start) / 1000 - this.#video.currentTime;
    return seconds > 0 ? seconds : undefined;
  }

  bitrate(): undefined {
    return undefined;
  }

  behind(): number {
    const { seekable, currentTime } = this.#video;
    return seekable.length === 0 ? 0 : Math.max(0, seekable.end(seekable.length - 1) - currentTime);
  }

  goLive(): void {
    const { seekable } = this.#video;
    if (seekable.length > 0) this.#video.currentTime = seekable.end(seekable.length - 1);
  }

  /** The browser chooses, and does not say what. */
  qualities(): readonly [] {
    return [];
  }

  quality(): undefined {
    return undefined;
  }

  prefer(): boolean {
    return true;
  }

  destroy(): void {
    this.#listening.abort();
    this.#video.removeAttribute("src");
    this.#video.load();
  }
}

export const createNativeEngine: CreateEngine = (video, address, _preferred, events) => new NativeEngine(video, address, events);
