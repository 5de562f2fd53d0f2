// The reading half of /api/v1 as the pages use it. Every string in these answers may be a publisher's own text: it is shown as
// text and never becomes markup or an address. What an answer leaves out is absent here too.

export type StreamState = "new" | "starting" | "running" | "recovering" | "error" | "stopping" | "stopped" | "failed";

export interface Publisher {
  readonly id: string;
  readonly protocol: string;
  readonly peer?: string;
  readonly client?: string;
}

export interface Track {
  readonly id: number;
  readonly kind: string;
  readonly codec: string;
  readonly codec_string?: string;
  readonly width?: number;
  readonly height?: number;
  readonly frame_rate?: number;
  readonly sample_rate?: number;
  readonly channels?: number;
}

export interface Rendition {
  readonly name: string;
  readonly state?: string;
  readonly bitrate?: number;
  readonly width?: number;
  readonly height?: number;
}

export interface Viewers {
  readonly total: number;
  readonly [protocol: string]: number;
}

export interface Stream {
  readonly id: string;
  readonly state: StreamState;
  readonly since?: string;
  readonly reason?: string;
  readonly publisher?: Publisher | null;
  readonly tracks?: readonly Track[];
  readonly renditions?: readonly Rendition[];
  readonly viewers?: Viewers;
}

interface StreamList {
  readonly items: readonly Stream[];
  readonly total?: number;
  readonly next?: string | null;
}

/** Why an answer did not come: `status` is the HTTP status, or 0 when nobody answered. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const answer_limit_ms = 8000;
const page_size = 100;
const most_pages = 20;

async function get(path: string): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      headers: { accept: "application/json" },
      cache: "no-store",
      signal: AbortSignal.timeout(answer_limit_ms),
    });
  } catch {
    throw new RequestError(0, "The server does not answer.");
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body;
  const message = (body as { error?: { message?: unknown } } | null)?.error?.message;
  throw new RequestError(response.status, typeof message === "string" ? message : `The server answered ${response.status}.`);
}

/** Every stream, page after page. A server that pages for ever is cut off at two thousand streams. */
export async function fetchStreams(): Promise<readonly Stream[]> {
  const streams: Stream[] = [];
  let after = "";
  for (let page = 0; page < most_pages; page += 1) {
    const list = (await get(`/streams?limit=${page_size}${after && `&after=${encodeURIComponent(after)}`}`)) as StreamList;
    streams.push(...(list.items ?? []));
    if (!list.next) break;
    after = String(list.next);
  }
  return streams;
}

export async function fetchStream(id: string): Promise<Stream> {
  return (await get(`/streams/${pathOf(id)}`)) as Stream;
}

/** The counters of one stream, as the server nests them; shown as they come. */
export async function fetchStats(id: string): Promise<unknown> {
  return get(`/streams/${pathOf(id)}/stats`);
}

function pathOf(id: string): string {
  return id.split("/").map(encodeURIComponent).join("/");
}

export function videoTrack(stream: Stream): Track | undefined {
  return stream.tracks?.find((track) => track.kind === "video");
}

/** What the publisher sends now, in bits a second: the untouched rendition carries exactly that. */
export function inputBitrate(stream: Stream): number | undefined {
  if (stream.state !== "running") return undefined;
  return stream.renditions?.find((rendition) => rendition.name === "source")?.bitrate;
}
