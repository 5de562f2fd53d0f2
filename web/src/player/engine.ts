// What the page asks of whatever brings the stream to the video element: hls.js, the browser's own HLS, or mpegts.js. An engine
// lives for one attempt: after `onEnded` or `onLost` it says nothing more, and keeps its last picture until it is destroyed.
import type { Stream } from "../api/streams";
import type { StreamAddress } from "../stream_address";
import type { Quality } from "./quality";

export type EngineName = "hls" | "flv";

/** Why an attempt is over: nothing at the address, no answer, media that cannot be played, or a server that closed in order. */
export type Loss = "not_found" | "network" | "media" | "closed";

export interface EngineEvents {
  onEnded(): void;
  onLost(loss: Loss, detail: string): void;
}

export interface Engine {
  /** Seconds that the picture may stand still, on a stream known to run, before the attempt is given up. */
  patience(): number;
  /** Seconds between the event and the screen. */
  latency(): number | undefined;
  /** Bits a second, as received. */
  bitrate(): number | undefined;
  /** Seconds behind the live edge, beyond what this way of playing always is; 0 is live. */
  behind(): number;
  goLive(): void;
  /** What there is to choose from, best first, for what the server says of the stream; fewer than two are no choice. */
  qualities(stream: Stream | undefined): readonly Quality[];
  /** Name of the quality on the screen, where that is known. */
  quality(): string | undefined;
  /** Plays that one from here on, `undefined` whichever fits; false where that takes another attempt. */
  prefer(quality: string | undefined): boolean;
  destroy(): void;
}

/** `preferred` is the quality to begin with, `undefined` whichever fits. */
export type CreateEngine = (
  video: HTMLVideoElement,
  address: StreamAddress,
  preferred: string | undefined,
  events: EngineEvents,
) => Engine;

/** Whether script may feed the video element, which everything but the browser's own HLS needs. */
export const hasMediaSource = "MediaSource" in window || "ManagedMediaSource" in window;
