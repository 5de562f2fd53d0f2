// Starts the player page for the stream that the address names.
import { render } from "preact";
import "../display/theme.css";
import "./player.css";
import { addressOf, streamOfPath } from "../stream_address";
import { NoStreamPage } from "./no_stream_page";
import { PlayerPage } from "./player_page";

const root = document.getElementById("player");
if (root !== null) {
  root.replaceChildren();
  const id = streamOfPath(location.pathname);
  render(id === undefined ? <NoStreamPage /> : <PlayerPage root={root} address={addressOf(id, location)} />, root);
}
