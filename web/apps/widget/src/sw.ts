// Keeps the full page and the published answers, so that both are there without a network. It answers
// for these addresses and for no other: pages of the site that embed the widget are left alone.

interface Worker extends EventTarget {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
}
interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Extendable {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}

const worker = self as unknown as Worker;
const KEPT = "kefu-widget-2";
const base = new URL("..", location.href).href; // the server's address
const at = (path: string) => base + path;
const pages = ["", "widget/"].map(at);
const files = ["widget.js", ...["more.js", "en.js", "zh-Hant.js", "icon.svg"].map((part) => `widget/${part}`)].map(at);

worker.addEventListener("install", (event) => {
  // Programs, which do not ask for HTML, are greeted by the server in one line.
  const asked = [...pages, ...files].map((address) => new Request(address, { headers: { Accept: "text/html" } }));
  const keep = caches.open(KEPT).then((cache) => cache.addAll(asked));
  (event as Extendable).waitUntil(keep.then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  const tidy = caches
    .keys()
    .then((names) => names.filter((name) => name.startsWith("kefu-widget-") && name !== KEPT))
    .then((old) => Promise.all(old.map((name) => caches.delete(name))));
  (event as Extendable).waitUntil(tidy.then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (event) => {
  const fetching = event as Fetching;
  const { request } = fetching;
  const [address] = request.url.split(/[?#]/) as [string];
  const isPage = request.mode === "navigate" && pages.includes(address);
  if (request.method !== "GET") return;
  if (isPage || files.includes(address)) fetching.respondWith(newest(request, address));
  else if (address === at("webhooks/web/faq")) fetching.respondWith(newest(request, request.url));
});

/** From the network, which is kept; from what was kept when there is none. */
async function newest(request: Request, name: string): Promise<Response> {
  const cache = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(name, answer.clone());
    if (answer.status < 500) return answer;
  } catch {
    // No network.
  }
  return (await cache.match(name, { ignoreVary: true })) ?? Response.error();
}
