import type { Content, LocationContent, VideoContent, VoiceContent } from "@kefu/protocol";
import { h, hooked, Icon, Link, t, useChat, useRef, useState, webAddress } from "../core";
import { Card, FileLink } from "./cards";
import { Details } from "./rasa";
import { RatingForm } from "./rating";

/** Contents that are rarer than words, buttons and pictures. */
export function Media({ content }: { content: { type: string } }) {
  const part = content as Content;
  switch (part.type) {
    case "voice":
      return <Voice {...part} />;
    case "video":
      return <Video {...part} />;
    case "file":
      return <FileLink url={part.url} name={part.name} size={part.size} />;
    case "link":
      return <Card {...part} />;
    case "product_card":
      return <Card {...part} strong={part.price} />;
    case "order_card":
      return (
        <Card
          image={part.image}
          url={part.url}
          title={part.title ?? part.items?.[0]}
          description={part.items?.slice(part.title ? 0 : 1).join("、")}
          strong={part.amount}
          label={t("order", part.order_id)}
          badge={part.status}
        />
      );
    case "location":
      return <Place {...part} />;
    case "rating_request":
      return <RatingForm title={part.text} ratingId={part.rating_id} scale={part.scale} />;
    default:
      return <Details value={content} />;
  }
}

const Missing = ({ word }: { word: string }) => <div class="bubble faint">[{word}]</div>;

export const Voice = hooked(({ url, seconds, recognition }: VoiceContent) => {
  const { line } = useChat();
  const audio = useRef<HTMLAudioElement | null>(null);
  const [isPlaying, setPlaying] = useState(false);
  const address = url && webAddress(url, line.server.base);
  if (!address) return <Missing word={t("voice")} />;
  const toggle = () => (isPlaying ? audio.current?.pause() : void audio.current?.play());
  const length = seconds ? `${Math.max(1, Math.round(seconds))}″` : "";
  return (
    <div class="bubble voice" style={{ minWidth: `${Math.min(220, 96 + (seconds ?? 4) * 4)}px` }}>
      <button type="button" onClick={toggle} aria-label={`${t(isPlaying ? "stop" : "play")} ${t("voice")} ${length}`}>
        <Icon name={isPlaying ? "pause" : "play"} />
      </button>
      <span class={`wave ${isPlaying ? "is-playing" : ""}`} aria-hidden="true">
        {Array.from({ length: 12 }, () => <i />)}
      </span>
      <span aria-hidden="true">{length}</span>
      <audio ref={audio} src={address} preload="none" onPlay={() => setPlaying(true)} onPause={() => setPlaying(false)} />
      {recognition && <p class="faint">{recognition}</p>}
    </div>
  );
});

export function Video({ url }: VideoContent) {
  const address = url && webAddress(url, useChat().line.server.base);
  if (!address) return <Missing word={t("video")} />;
  return <video class="player" controls preload="metadata" src={address} />;
}

function Place({ latitude, longitude, label, address }: LocationContent) {
  const map =
    useChat().locale === "zh-Hans"
      ? `https://uri.amap.com/marker?position=${longitude},${latitude}&coordinate=wgs84`
      : `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  return (
    <Link class="place" href={map}>
      <span class="file-icon" aria-hidden="true"><Icon name="pin" /></span>
      <span class="file-text">
        <b>{label ?? t("location")}</b>
        <small>{address ?? `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`}</small>
      </span>
      <span class="unseen">{t("map")}</span>
    </Link>
  );
}
