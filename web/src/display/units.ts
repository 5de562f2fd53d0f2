// Numbers as people read them. Unknown values are a dash, never a zero that was not measured.
import type { Track } from "../api/streams";

export const unknown = "–";

type Maybe = number | null | undefined;

function isKnown(value: Maybe): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

export function bitrateText(bits_per_second: Maybe): string {
  if (!isKnown(bits_per_second)) return unknown;
  if (bits_per_second < 999_500) return `${Math.round(bits_per_second / 1000)} kbit/s`;
  if (bits_per_second < 999_950_000) return `${(bits_per_second / 1e6).toFixed(bits_per_second < 99_950_000 ? 1 : 0)} Mbit/s`;
  return `${(bits_per_second / 1e9).toFixed(2)} Gbit/s`;
}

export function bytesText(bytes: Maybe): string {
  if (!isKnown(bytes)) return unknown;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

export function durationText(seconds: Maybe): string {
  if (!isKnown(seconds) || seconds < 0) return unknown;
  const whole = Math.floor(seconds);
  const days = Math.floor(whole / 86_400);
  const hours = Math.floor(whole / 3600) % 24;
  const minutes = Math.floor(whole / 60) % 60;
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  if (minutes > 0) return `${minutes} min ${whole % 60} s`;
  return `${whole} s`;
}

export function secondsSince(time: string | undefined, now: number): number | undefined {
  const start = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(start) ? undefined : Math.max(0, (now - start) / 1000);
}

export function latencyText(seconds: Maybe): string {
  return isKnown(seconds) ? `${seconds.toFixed(1)} s` : unknown;
}

export function countText(count: Maybe): string {
  return isKnown(count) ? count.toLocaleString("en-US") : unknown;
}

export function sizeText(width: Maybe, height: Maybe): string {
  return isKnown(width) && isKnown(height) && width > 0 && height > 0 ? `${width}×${height}` : unknown;
}

const codec_names: Readonly<Record<string, string>> = {
  h264: "H.264",
  hevc: "HEVC",
  av1: "AV1",
  vp9: "VP9",
  aac: "AAC",
  opus: "Opus",
  mp3: "MP3",
};

/** One track in a line: "H.264 1280×720 30 fps", "AAC 48 kHz stereo". */
export function trackText(track: Track): string {
  const words = [codec_names[track.codec] ?? track.codec];
  if (isKnown(track.width) && isKnown(track.height)) words.push(sizeText(track.width, track.height));
  if (isKnown(track.frame_rate)) words.push(`${Number(track.frame_rate.toFixed(2))} fps`);
  if (isKnown(track.sample_rate)) words.push(`${Number((track.sample_rate / 1000).toFixed(1))} kHz`);
  if (isKnown(track.channels)) words.push(channelText(track.channels));
  return words.join(" ");
}

function channelText(channels: number): string {
  if (channels === 1) return "mono";
  return channels === 2 ? "stereo" : `${channels} channels`;
}
