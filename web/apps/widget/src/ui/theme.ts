type Rgb = [number, number, number];

const DEFAULT = "#0d7a66";
const READABLE = 4.6;

const EXTREME: Record<string, Rgb> = { light: [0, 0, 0], dark: [255, 255, 255] };

/**
 * Give `root` the colours that follow from the site's own: one that is readable on the cards, one
 * to write on it, a soft one. Whatever the brand, everything can be read.
 */
export function paint(root: HTMLElement, color: string, theme: "light" | "dark"): void {
  root.dataset["theme"] = theme;
  const card = resolved(root, "var(--card)");
  const accent = resolved(root, `var(--kefu-accent, ${CSS.supports("color", color) ? color : DEFAULT})`);
  const on: Rgb = contrast(accent, [255, 255, 255]) >= 4.5 ? [255, 255, 255] : [6, 18, 15];
  const soft = mix(card, accent, theme === "light" ? 0.1 : 0.18);
  let strong = accent;
  for (let part = 0.06; contrast(strong, soft) < READABLE && part <= 1; part += 0.06) {
    strong = mix(accent, EXTREME[theme]!, part);
  }
  const set = (name: string, value: Rgb) => root.style.setProperty(name, `rgb(${value.join(" ")})`);
  set("--accent", accent);
  set("--on-accent", on);
  set("--strong", strong);
  set("--soft", soft);
}

/** The colour as numbers, however it is written: as a word, a variable, in any notation. */
function resolved(root: HTMLElement, color: string): Rgb {
  const probe = document.createElement("i");
  probe.style.color = color;
  root.append(probe);
  const [r, g, b] = getComputedStyle(probe).color.match(/[\d.]+/g)?.map(Number) ?? [];
  probe.remove();
  return [r ?? 13, g ?? 122, b ?? 102];
}

const mix = (from: Rgb, to: Rgb, part: number): Rgb =>
  from.map((value, index) => Math.round(value + (to[index]! - value) * part)) as Rgb;

/** As WCAG 2 defines it. */
export function contrast(a: Rgb, b: Rgb): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: Rgb): number {
  const [r, g, b] = color.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
