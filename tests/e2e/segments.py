"""When the segments of a rendition begin, read from their boxes: ffprobe shifts the times of what has pictures out of order."""
import fractions
import re
import struct


def box(data, *path):
    """The content of a box (ISO/IEC 14496-12, 4.2) inside others."""
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind.decode() == path[0]:
            content = data[at + 8:at + size]
            return content if len(path) == 1 else box(content, *path[1:])
        at += size
    raise AssertionError(f"there is no box {path[0]}")


def first_shown(fragment):
    """Decode time and composition offset of the first sample of a track fragment (8.8.12, 8.8.8)."""
    decode, run = box(fragment, "tfdt"), box(fragment, "trun")
    time = struct.unpack_from(">Q" if decode[0] else ">I", decode, 4)[0]
    flags = int.from_bytes(run[1:4], "big")
    at = 8 + 4 * bool(flags & 1) + 4 * bool(flags & 4)
    offset = at + 4 * sum(bool(flags & bit) for bit in (0x100, 0x200, 0x400))
    return time + (struct.unpack_from(">i", run, offset)[0] if flags & 0x800 else 0)


def listed(playlist):
    """(init, segment) of each segment that is no gap."""
    init, is_gap = None, False
    for line in playlist.splitlines():
        if line.startswith("#EXT-X-MAP:"):
            init = re.search(r'URI="([^"]+)"', line)[1]
        elif line == "#EXT-X-GAP":
            is_gap = True
        elif line and not line.startswith("#"):
            if not is_gap:
                yield init, line
            is_gap = False


def begins(server, name, rung):
    """By sequence number: when the segment's first picture is shown, exactly. One that leaves the window meanwhile is left out."""
    times, scales = {}, {}
    for init, segment in listed(server.get(f"/{name}/{rung}/index.m3u8").text):
        if init not in scales:
            scale = box(server.get(f"/{name}/{rung}/{init}").body, "moov", "trak", "mdia", "mdhd")
            scales[init] = struct.unpack_from(">I", scale, 20 if scale[0] else 12)[0]
        answer = server.get(f"/{name}/{rung}/{segment}")
        if answer.status == 200:
            shown = first_shown(box(answer.body, "moof", "traf"))
            times[int(re.search(r"-(\d+)\.", segment)[1])] = fractions.Fraction(shown, scales[init])
    return times
