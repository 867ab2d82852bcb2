/**
 * Colours that text from events and files cannot forge. With colour codes of its own such text could look like a verdict of
 * this program, or hide. So our colours are marks with a random part until the line is printed, and all other control
 * characters are removed there.
 */
import type { Colors } from "picocolors/types.js";
import { clean } from "./text.js";

const CODE = "\u001b[";

export class Paint {
  /** Colours for a line that goes through `print`. */
  readonly color: Colors;
  readonly #mark: string;

  /** @param nonce random hex digits, unknown to the author of the text */
  constructor(colors: Colors, nonce: string) {
    this.#mark = `\u0001${nonce};`;
    const marked = Object.entries(colors).map(([name, paint]) => [
      name,
      typeof paint === "function"
        ? (text: unknown) => this.#marked(paint as (text: string) => string, String(text))
        : paint,
    ]);
    this.color = Object.fromEntries(marked) as Colors;
  }

  #marked(paint: (text: string) => string, text: string): string {
    return paint(text.replaceAll(CODE, "[")).replaceAll(CODE, this.#mark);
  }

  /** One line as it goes to the terminal: our colours, and otherwise only printable characters. */
  print(line: string): string {
    const pieces = line.split(this.#mark);
    const rest = pieces.slice(1).map((piece) => {
      const code = /^\d{1,2}m/.exec(piece)?.[0];
      return code === undefined ? clean(piece) : CODE + code + clean(piece.slice(code.length));
    });
    return [clean(pieces[0]!), ...rest].join("");
  }
}
