// What a person types, or fills in, to publish a stream to this server.

export type Publisher = "obs" | "ffmpeg" | "gstreamer";

export interface Line {
  readonly label: string;
  readonly text: string;
}

export function publishLines(publisher: Publisher, hostname: string, name: string): readonly Line[] {
  const server = `rtmp://${hostname}/live`;
  switch (publisher) {
    case "obs":
      return [
        { label: "Server", text: server },
        { label: "Stream key", text: name },
      ];
    case "ffmpeg":
      return [
        { label: "A file, as it is", text: `ffmpeg -re -i video.mp4 -c copy -f flv ${server}/${name}` },
        {
          label: "Anything, encoded",
          text: `ffmpeg -re -i INPUT -c:v libx264 -preset veryfast -pix_fmt yuv420p -force_key_frames 'expr:gte(t,n_forced*2)' -c:a aac -f flv ${server}/${name}`,
        },
      ];
    case "gstreamer":
      return [
        {
          label: "A test picture",
          text:
            "gst-launch-1.0 videotestsrc is-live=true ! video/x-raw,width=1280,height=720,framerate=30/1 ! " +
            "x264enc tune=zerolatency speed-preset=veryfast key-int-max=60 bitrate=2500 ! h264parse ! mux. " +
            "audiotestsrc is-live=true volume=0.1 ! audioconvert ! avenc_aac ! aacparse ! mux. " +
            `flvmux name=mux streamable=true ! rtmp2sink location=${server}/${name}`,
        },
      ];
  }
}
