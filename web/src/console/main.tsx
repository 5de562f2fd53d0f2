// Starts the console.
import { render } from "preact";
import "../display/theme.css";
import "./console.css";
import { ConsolePage } from "./console_page";

const root = document.getElementById("console");
if (root !== null) {
  root.replaceChildren();
  render(<ConsolePage />, root);
}
