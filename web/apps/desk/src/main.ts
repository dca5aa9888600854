import "./style/tokens.css";
import "./style/base.css";

import { createPinia } from "pinia";
import { createApp } from "vue";
import App from "./App.vue";
import { http } from "./api/http.ts";
import { firstLanguage, setLanguage } from "./i18n/index.ts";
import { live } from "./live/index.ts";
import { guardRoutes, router, toLogin } from "./router.ts";
import { followLook, useLanguage } from "./stores/settings.ts";
import { useMe } from "./stores/me.ts";

/** A build that was replaced while the page was open: its chunks are gone. Without a network they only seem so. */
window.addEventListener("vite:preloadError", () => {
  if (sessionStorage.getItem("kefu.desk.reloaded") === location.pathname) return;
  fetch(location.href, { cache: "no-store" })
    .then((answer) => {
      if (!answer.ok) return;
      sessionStorage.setItem("kefu.desk.reloaded", location.pathname);
      location.reload();
    })
    .catch(() => {});
});

async function begin(): Promise<void> {
  const app = createApp(App).use(createPinia());
  const me = useMe();
  http.onSignedOut = live.onSignedOut = () => {
    me.take(null);
    live.stop();
    toLogin(true);
  };
  guardRoutes();
  await Promise.all([
    setLanguage(firstLanguage()),
    // Without a network the screens say so; whoever was signed in may still be.
    me.load().catch(() => null),
  ]);
  const chosen = useLanguage().value;
  if (chosen !== firstLanguage()) await setLanguage(chosen);
  followLook();
  app.use(router).mount("#app");
}

void begin();
