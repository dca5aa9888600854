// Keeps the full page and the published answers, so that both are there without a network.

interface Worker extends EventTarget {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  registration: { scope: string };
}
interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Extendable {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}

const worker = self as unknown as Worker;
const KEPT = "kefu-widget-1";
const scope = worker.registration.scope;
const shell = [scope, `${scope}../widget.js`].map((address) => new URL(address).href);
const faq = new URL(`${scope}../webhooks/web/faq`).href;

worker.addEventListener("install", (event) => {
  const keep = caches.open(KEPT).then((cache) => cache.addAll(shell));
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
  if (request.method !== "GET") return;
  const [address] = request.url.split(/[?#]/) as [string];
  const isShell = shell.includes(address) || (request.mode === "navigate" && address.startsWith(scope));
  if (isShell) fetching.respondWith(newest(request, address));
  else if (address === faq) fetching.respondWith(newest(request, request.url));
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
  return (await cache.match(name)) ?? (await cache.match(scope)) ?? Response.error();
}
