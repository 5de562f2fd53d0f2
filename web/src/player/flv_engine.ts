// HTTP-FLV through mpegts.js: one endless response, joined at the newest keyframe. Latency is what is buffered ahead of the
// picture; it is run down by playing a little faster, since the first keyframe may be seconds old.
import mpegts from "mpegts.js";
import { flvOf, type StreamAddress } from "../stream_address";
import type { Stream } from "../api/streams";
import type { CreateEngine, Engine, EngineEvents, Loss } from "./engine";
import { once } from "./once";
import { quality, type Quality } from "./quality";

const target_latency = 0.8;
const most_latency = 1.5;

mpegts.LoggingControl.applyConfig({ enableVerbose: false, enableDebug: false, enableInfo: false, enableWarn: false });

class FlvEngine implements Engine {
  readonly #player: ReturnType<typeof mpegts.createPlayer>;
  readonly #video: HTMLVideoElement;
  readonly #quality: string;
  #rate: number | undefined;

  constructor(video: HTMLVideoElement, address: StreamAddress, preferred: string | undefined, events: EngineEvents) {
    const tell = once(events);
    this.#video = video;
    this.#quality = preferred ?? "source";
    this.#player = mpegts.createPlayer(
      { type: "flv", isLive: true, url: flvOf(address, this.#quality) },
      {
        enableStashBuffer: false,
        lazyLoad: false,
        liveSync: true,
        liveSyncTargetLatency: target_latency,
        liveSyncMaxLatency: most_latency,
        liveSyncPlaybackRate: 1.1,
        autoCleanupSourceBuffer: true,
        autoCleanupMaxBackwardDuration: 60,
        autoCleanupMinBackwardDuration: 30,
      },
    );
    this.#player.on(mpegts.Events.ERROR, (type: string, detail: string, info?: { code?: number }) => {
      tell.onLost(lossOf(type, info?.code), detail);
    });
    this.#player.on(mpegts.Events.LOADING_COMPLETE, () => tell.onLost("closed", "the server closed the stream"));
    this.#player.on(mpegts.Events.STATISTICS_INFO, (info: { speed?: number }) => this.#measure(info.speed));
    this.#player.attachMediaElement(video);
    this.#player.load();
  }

  patience(): number {
    return 6;
  }

  latency(): number | undefined {
    const end = this.#end();
    return end === undefined ? undefined : Math.max(0, end - this.#video.currentTime);
  }

  bitrate(): number | undefined {
    return this.#rate;
  }

  behind(): number {
    return Math.max(0, (this.latency() ?? 0) - most_latency);
  }

  goLive(): void {
    const end = this.#end();
    if (end !== undefined && this.behind() > 0) this.#video.currentTime = end - target_latency;
  }

  qualities(stream: Stream | undefined): readonly Quality[] {
    const pictures = stream?.renditions?.filter(({ height, state }) => height && state !== "left_out" && state !== "failed") ?? [];
    return pictures.map(({ name, height }) => quality(name, height));
  }

  quality(): string {
    return this.#quality;
  }

  /** One response is one rendition. */
  prefer(name: string | undefined): boolean {
    return (name ?? "source") === this.#quality;
  }

  destroy(): void {
    this.#player.destroy();
  }

  #end(): number | undefined {
    const { buffered } = this.#video;
    return buffered.length === 0 ? undefined : buffered.end(buffered.length - 1);
  }

  #measure(kilobytes_per_second: number | undefined): void {
    if (!kilobytes_per_second) return;
    const rate = kilobytes_per_second * 1024 * 8;
    this.#rate = this.#rate === undefined ? rate : this.#rate * 0.9 + rate * 0.1;
  }
}

function lossOf(type: string, code: number | undefined): Loss {
  if (type !== mpegts.ErrorTypes.NETWORK_ERROR) return "media";
  return code === 404 ? "not_found" : "network";
}

export const createFlvEngine: CreateEngine = (video, address, preferred, events) => new FlvEngine(video, address, preferred, events);
