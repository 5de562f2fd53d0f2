"""A clip in every codec of the server, and what FLV and RTMP say of a codec, read by hand: no FFmpeg in Debian knows Enhanced RTMP."""
import functools
import os
import subprocess

from harness import clips_folder

VIDEO = {
    "h264": ("libx264", "-preset", "ultrafast"),
    "hevc": ("libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:keyint=25"),
    "av1": ("libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-row-mt", "1"),
    "vp9": ("libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"),
    "vp8": ("libvpx", "-deadline", "realtime", "-cpu-used", "8"),
}
AUDIO = {
    "aac": ("aac",), "opus": ("libopus",), "mp3": ("libmp3lame",), "mp2": ("mp2",), "ac3": ("ac3",), "eac3": ("eac3",),
    "flac": ("flac",), "pcma": ("pcm_alaw", "-ar", "8000"), "pcmu": ("pcm_mulaw", "-ar", "8000"),
}
FOURCC = {b"hvc1": "hevc", b"av01": "av1", b"vp09": "vp9", b"vp08": "vp8", b"Opus": "opus", b"fLaC": "flac", b"ac-3": "ac3", b"ec-3": "eac3"}
FLASH = {(8, 10): "aac", (8, 2): "mp3", (8, 7): "pcma", (8, 8): "pcmu", (9, 7): "h264"}


def path_of(name):
    return os.path.join(clips_folder(), name)


@functools.cache
def encoded():
    """A folder of six seconds in each codec, `CODEC.mkv`, with a keyframe each second; all by one ffmpeg, once in a run."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=25", "-f", "lavfi", "-i",
               "sine=sample_rate=48000"]
    for codec, encoder in VIDEO.items():
        command += ["-map", "0:v", "-t", "6", "-pix_fmt", "yuv420p", "-g", "25", "-b:v", "200k", "-c:v", *encoder, path_of(codec + ".mkv")]
    for codec, encoder in AUDIO.items():
        command += ["-map", "1:a", "-t", "6", "-ac", "1" if codec.startswith("pcm") else "2", "-c:a", *encoder, path_of(codec + ".mkv")]
    subprocess.run(command, check=True, timeout=120)
    return clips_folder()


def copied(codecs, suffix, *options):
    """The clips of the codecs in one file of another container."""
    path = path_of("-".join(codecs) + suffix)
    inputs = [word for codec in codecs for word in ("-i", path_of(codec + ".mkv"))]
    maps = [word for number in range(len(codecs)) for word in ("-map", str(number))]
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *inputs, *maps, "-c", "copy", "-strict", "-2", *options, path], check=True,
                   timeout=30)
    return path


def vp8_tags():
    """RTMP's messages of the clip, by Enhanced RTMP."""
    with open(copied(["vp8"], ".ivf"), "rb") as file:
        data = file.read()[32:]
    tags, at, time_of_frame = [(9, 0, b"\x90vp08" + bytes.fromhex("01000000000a820202020000"))], 0, 0
    while at + 12 <= len(data):
        size = int.from_bytes(data[at:at + 4], "little")
        frame = data[at + 12:at + 12 + size]
        tags.append((9, time_of_frame, (b"\xa1" if frame[0] & 1 else b"\x91") + b"vp08" + frame))
        at, time_of_frame = at + 12 + size, time_of_frame + 40
    return tags


def codec_in(kind, body):
    """Of a frame in a body of FLV and RTMP; None of all else."""
    is_enhanced = body[0] & 0x80 if kind == 9 else body[0] >> 4 == 9
    if is_enhanced:
        return FOURCC.get(body[1:5], body[1:5]) if body[0] & 0xF in (1, 3) else None
    codec = FLASH.get((kind, body[0] & 0xF if kind == 9 else body[0] >> 4), body[0])
    return codec if codec not in ("aac", "h264") or body[1] == 1 else None


def codecs_of_flv(data):
    at, found = 13, set()
    while at + 15 <= len(data):
        kind, length = data[at], int.from_bytes(data[at + 1:at + 4], "big")
        if kind in (8, 9) and at + 11 + length <= len(data):
            found.add(codec_in(kind, data[at + 11:at + 11 + length]))
        at += 11 + length + 4
    return found - {None}
