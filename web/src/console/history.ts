// The last minute of every stream's input bitrate, kept by the page itself from the answers it saw. A stream that leaves the list
// takes its history along.
import { inputBitrate, type Stream } from "../api/streams";

const most_samples = 60;

export type History = ReadonlyMap<string, readonly number[]>;

export function withSamples(history: History, streams: readonly Stream[]): History {
  return new Map(
    streams.map((stream) => {
      return [stream.id, [...(history.get(stream.id) ?? []), inputBitrate(stream) ?? 0].slice(-most_samples)];
    }),
  );
}
