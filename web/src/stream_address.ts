// The addresses of one stream, from the page's own location. Names are allow-listed here exactly as the server does it, so that
// nothing else ever reaches a request, a title or a link.

export interface StreamAddress {
  readonly id: string;
  readonly page: string;
  readonly hls: string;
  readonly flv: string;
  readonly rtmp: string;
}

/** The parts of `Location` that an address is made of. */
export interface Host {
  readonly origin: string;
  readonly hostname: string;
}

const name_pattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/;

/** `app/name` from a page's path, or nothing when the path names no stream. */
export function streamOfPath(path: string): string | undefined {
  const segments = path.replace(/\/$/, "").split("/");
  const [root, app, name] = segments;
  if (segments.length !== 3 || root !== "" || app === undefined || name === undefined) return undefined;
  return isStreamId(`${app}/${name}`) ? `${app}/${name}` : undefined;
}

export function isStreamId(id: string): boolean {
  const names = id.split("/");
  return names.length === 2 && names.every((name) => name_pattern.test(name));
}

/** HTTP-FLV of one rendition; the address without a rendition is the source's. */
export function flvOf(address: StreamAddress, rendition: string): string {
  return rendition === "source" ? address.flv : `${address.page}/${rendition}.flv`;
}

export function addressOf(id: string, host: Host): StreamAddress {
  return {
    id,
    page: `${host.origin}/${id}`,
    hls: `${host.origin}/${id}/index.m3u8`,
    flv: `${host.origin}/${id}.flv`,
    rtmp: `rtmp://${host.hostname}/${id}`,
  };
}
