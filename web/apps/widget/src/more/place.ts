import { t, type Chat } from "../core";

/** Say where the customer is. */
export function locate(chat: Chat): void {
  navigator.geolocation.getCurrentPosition(
    ({ coords: { latitude, longitude } }) =>
      chat.sendContent({ type: "location", latitude, longitude, label: t("myLocation") }),
    () => chat.say(t("noPlace")),
    { timeout: 10_000, maximumAge: 60_000 },
  );
}
