"""Quality and cost of the policies.

    python -m bench.dialogue [PROJECT ...]

For each project (a folder in Rasa's 3.x format; none is part of the repository) a fifth of the
stories is held out, the same fifth as for the recorded figures of Rasa, and its conversations are
played with Memoization, Rule and the learned policy; then four other fifths, which Rasa was not
measured on. Always measured: training on 52,000 lines of
made-up stories, and a prediction early and late in a long conversation. Results go to
``bench/results/dialogue.json``.
"""

from __future__ import annotations

import gc
import json
import random
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from kefu.core.domain import Domain
from kefu.core.events import ActionExecuted, ActionExecutionRejected, SessionStarted, UserUttered
from kefu.core.tracker import Tracker
from kefu.policies.contradictions import find_contradictions
from kefu.policies.ensemble import Ensemble, load_ensemble
from kefu.policies.training import train_policies
from kefu.policies.training_trackers import TrainingDialogue, build_dialogues
from kefu.project.load import load_project
from kefu.project.problems import Place
from kefu.project.settings import ComponentConfig, ModelConfig
from kefu.project.story_data import ActionStep, Story, StoryData, UserStep

RESULTS = Path(__file__).parent / "results" / "dialogue.json"
SEEDS = range(5)
"""Of the splits; the first one is that of Rasa's figures."""
RASA = {
    "rasa-demo": "Rasa 3.6.21: .971, without listen .958, conversations 49/77, 393 CPU s",
    "financial-demo": "Rasa 3.6.21: .768, without listen .653, conversations 0/10, 67 CPU s",
}
POLICIES = ModelConfig(
    policies=(
        ComponentConfig(name="MemoizationPolicy"),
        ComponentConfig(name="RulePolicy"),
        ComponentConfig(name="TEDPolicy", settings={"max_history": 5}),
    )
)


def quality(folder: Path) -> dict[str, Any]:
    """Judge a project by the recorded fifth of its stories, and by that and four others."""
    loaded = load_project(folder, parts=("domain", "config", "nlu", "stories"))
    if loaded.project is None:
        raise SystemExit("\n".join(map(str, loaded.problems)))
    data, domain = loaded.project.stories, loaded.project.domain
    results = [split(data, domain, seed) for seed in SEEDS]
    total = {name: sum(result[name] for result in results) for name in results[0]}
    return {
        **scores(results[0]),
        "rasa": next((text for part, text in RASA.items() if part in folder.name), None),
        "five_splits": scores(total),
    }


def scores(counts: dict[str, float]) -> dict[str, Any]:
    """Turn counts into shares."""
    return {
        "actions": counts["actions"],
        "accuracy": round(counts["right"] / counts["actions"], 4),
        "accuracy_without_listen": round(counts["spoken_right"] / counts["spoken"], 4),
        "conversations": counts["conversations"],
        "conversations_right": counts["conversations_right"],
        "train_cpu_seconds": round(counts["seconds"], 2),
    }


def split(data: StoryData, domain: Domain, seed: int) -> dict[str, float]:
    """Train on four fifths of a project's stories and play the rest."""
    order = list(range(len(data.stories)))
    random.Random(seed).shuffle(order)
    held_out = set(order[: round(len(order) / 5)])
    known = tuple(s for i, s in enumerate(data.stories) if i not in held_out)
    unseen = tuple(s for i, s in enumerate(data.stories) if i in held_out)
    started = time.process_time()
    trained = train_policies(POLICIES, StoryData(stories=known, rules=data.rules), domain)
    seconds = time.process_time() - started
    ensemble = load_ensemble(trained.parts, domain)
    played = [play(d, ensemble) for d in build_dialogues(StoryData(stories=unseen), domain).stories]
    outcomes = [outcome for dialogue in played for outcome in dialogue]
    spoken = [right for name, right in outcomes if name != "action_listen"]
    return {
        "actions": len(outcomes),
        "right": sum(right for _, right in outcomes),
        "spoken": len(spoken),
        "spoken_right": sum(spoken),
        "conversations": len(played),
        "conversations_right": sum(all(right for _, right in d) for d in played),
        "seconds": seconds,
    }


def play(dialogue: TrainingDialogue, ensemble: Ensemble) -> list[tuple[str, bool]]:
    """Predict each action of a story with the story's own past; as ``rasa test core`` does."""
    tracker = Tracker("bench", ensemble.domain)
    outcomes: list[tuple[str, bool]] = []
    for index, event in enumerate(dialogue.tracker.applied):
        if not index or not isinstance(event, ActionExecuted):
            tracker.append(event)
            continue
        expected = event.name_or_text
        prediction = ensemble.predict(tracker)
        loop = tracker.state.active_loop_name
        if loop and prediction.action_name == loop != expected:
            tracker.append(ActionExecutionRejected(action_name=loop))
            prediction = ensemble.predict(tracker)
        is_right = prediction.action_name == expected
        outcomes.append((expected, is_right))
        tracker.extend(prediction.events)
        tracker.append(
            ActionExecuted(
                action_name=event.action_name,
                action_text=event.action_text,
                hide_rule_turn=is_right and prediction.hide_rule_turn,
            )
        )
    return outcomes


def made_up(lines: int) -> tuple[Domain, StoryData]:
    """Make up stories of about so many lines, with a hundred intents."""
    rng = random.Random(1)
    intents = [f"intent_{n}" for n in range(100)]
    says = {i: [f"utter_{rng.randrange(120)}" for _ in range(rng.randint(1, 2))] for i in intents}
    after = {i: rng.sample(intents, 6) for i in intents}
    stories: list[Story] = []
    written = 0
    while written < lines:
        place, intent, steps = Place("stories.yml", written), rng.choice(intents), []
        for _ in range(rng.randint(2, 5)):
            steps.append(UserStep(place=place, intent=intent))
            steps += [ActionStep(place=place, name=name) for name in says[intent]]
            intent = rng.choice(after[intent])
        stories.append(Story(name=f"story {written}", place=place, steps=tuple(steps)))
        written += len(steps) + 2
    responses = {f"utter_{n}": [{"text": "…"}] for n in range(120)}
    domain = Domain.from_dict({"intents": intents, "responses": responses})
    return domain, StoryData(stories=tuple(stories))


def cost() -> dict[str, Any]:
    """Measure training on many stories, and predictions in a conversation of 5,000 turns."""
    domain, data = made_up(52_000)
    started = time.process_time()
    find_contradictions(data, domain, POLICIES)
    checked = time.process_time()
    trained = train_policies(POLICIES, data, domain)
    done = time.process_time()
    ensemble = load_ensemble(trained.parts, domain)
    return {
        "contradictions_of_52000_lines_cpu_seconds": round(checked - started, 2),
        "training_on_52000_lines_cpu_seconds": round(done - checked, 2),
        **microseconds(ensemble, build_dialogues(data, domain).stories[:200]),
    }


def microseconds(ensemble: Ensemble, dialogues: list[TrainingDialogue]) -> dict[str, Any]:
    """Measure a prediction around turns 10 and 5,000 of one conversation."""
    gc.collect()
    gc.freeze()  # as the server does once its model is loaded
    rng = random.Random(2)
    tracker = Tracker("bench", ensemble.domain)
    tracker.extend([SessionStarted(), ActionExecuted(action_name="action_listen")])
    spent: dict[str, list[int]] = {"turn_10": [], "turn_5000": []}
    turn = 0
    while turn < 5_050:
        for event in rng.choice(dialogues).tracker.events[1:]:
            if isinstance(event, UserUttered):
                turn += 1
                tracker.settle()
                tracker.trim()
            elif isinstance(event, ActionExecuted):
                started = time.perf_counter_ns()
                prediction = ensemble.predict(tracker)
                taken = time.perf_counter_ns() - started
                if 5 <= turn <= 30 or turn > 5_000:
                    spent["turn_10" if turn <= 30 else "turn_5000"].append(taken)
                tracker.extend(prediction.events)
            tracker.append(event)
    return {
        f"prediction_{name}_us": {
            "median": round(statistics.median(taken) / 1000),
            "mean": round(statistics.fmean(taken) / 1000),
        }
        for name, taken in spent.items()
    }


def main() -> None:
    """Measure, print and record."""
    results: dict[str, Any] = {"cost": cost()}
    for name in sys.argv[1:]:
        folder = Path(name)
        results[folder.name] = quality(folder)
        print(f"{folder.name}: {json.dumps(results[folder.name], indent=2)}")
    print(json.dumps(results["cost"], indent=2))
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
