import { useState } from "preact/hooks";
import { rateWord, t } from "../words";
import { useChat } from "./context";
import { Icon } from "./icon";

interface RatingProps {
  title?: string | undefined;
  ratingId?: string | undefined;
  scale?: number | undefined;
}

let count = 0;

/** Stars to give, with words. */
export function RatingForm({ title, ratingId, scale = 5 }: RatingProps) {
  const chat = useChat();
  const [name] = useState(() => `k-rate-${(count += 1)}`);
  const [score, setScore] = useState(0);
  const [comment, setComment] = useState("");
  const [isSent, setSent] = useState(false);
  if (isSent) {
    return (
      <p class="rating rating-done">
        <span class="stars" aria-hidden="true">{"★".repeat(score)}</span> {t("rated")}
      </p>
    );
  }
  const submit = (event: Event) => {
    event.preventDefault();
    if (!score) return;
    setSent(true);
    chat.rate(score, comment.trim(), ratingId);
  };
  return (
    <form class="rating" onSubmit={submit}>
      <fieldset>
        <legend>{title || t("rateTitle")}</legend>
        <div class="rating-stars">
          {Array.from({ length: scale }, (_, index) => index + 1).map((value) => (
            <label class={value <= score ? "is-on" : ""} title={rateWord(value)}>
              <input type="radio" name={name} value={value} checked={value === score} onChange={() => setScore(value)} />
              <Icon name="star" />
              <span class="unseen">{t("rateStar", value)}</span>
            </label>
          ))}
        </div>
        <p class="rating-word" aria-live="polite">{rateWord(score)}</p>
      </fieldset>
      {score > 0 && (
        <>
          <textarea
            rows={2}
            maxLength={500}
            value={comment}
            aria-label={t("rateComment")}
            placeholder={t("rateComment")}
            onInput={(event) => setComment(event.currentTarget.value)}
          />
          <button class="strong" type="submit">{t("rateSend")}</button>
        </>
      )}
    </form>
  );
}
